"""Pages: the same done with many people."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/selected/", views.people_selected, name="people_selected"),
    path("people/selected/<uuid:id>/", views.bulk_change, name="bulk_change"),
    path("people/selected/<uuid:id>/status/", views.bulk_change_status, name="bulk_change_status"),
    path("people/selected/<uuid:id>/<slug:action>/", views.bulk_change_do, name="bulk_change_do"),
]
