"""Pages: import and export of a gallery."""

from django.urls import path

from . import source_views, views

urlpatterns = [
    path("people/import/", views.imports, name="imports"),
    path("people/import/compreface/", source_views.import_compreface, name="import_compreface"),
    path("people/import/<uuid:id>/", views.import_detail, name="import"),
    path("people/import/<uuid:id>/status/", views.import_status, name="import_status"),
    path("people/import/<uuid:id>/report.csv", views.import_csv, name="import_csv"),
    path("people/import/<uuid:id>/retry/", views.import_retry, name="import_retry"),
    path("people/import/<uuid:id>/delete/", views.import_delete, name="import_delete"),
    path("people/export/", views.exports, name="exports"),
    path("people/export/selected/", views.exports_selected, name="exports_selected"),
    path("people/export/status/", views.exports_status, name="exports_status"),
    path("people/export/<uuid:id>/gallery.zip", views.export_fetch, name="export_fetch"),
    path("people/export/<uuid:id>/retry/", views.export_retry, name="export_retry"),
    path("people/export/<uuid:id>/delete/", views.export_delete, name="export_delete"),
]
