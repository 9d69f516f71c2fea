"""Pages of batches."""

from django.urls import path

from . import views

urlpatterns = [
    path("batches/", views.batches, name="batches"),
    path("batches/<uuid:id>/", views.batch, name="batch"),
    path("batches/<uuid:id>/status/", views.status, name="batch_status"),
    path("batches/<uuid:id>/faces/<uuid:photo>/", views.face, name="batch_face"),
    path("batches/<uuid:id>/results.csv", views.results, name="batch_results"),
    path("batches/<uuid:id>/results.json", views.results_json, name="batch_results_json"),
    path("batches/<uuid:id>/retry/", views.retry, name="batch_retry"),
    path("batches/<uuid:id>/delete/", views.delete, name="batch_delete"),
]
