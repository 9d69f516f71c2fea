"""Pages: the owner's past comparisons."""

from django.urls import path

from . import views

urlpatterns = [
    path("history/", views.history, name="history"),
    path("history/delete/", views.delete_many, name="history_delete"),
    path("history/delete-matching/", views.delete_matching, name="history_delete_matching"),
]
