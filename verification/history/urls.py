"""Pages: the owner's past comparisons."""

from django.urls import path

from . import views

urlpatterns = [
    path("history/", views.history, name="history"),
    path("history/delete/", views.delete_many, name="history_delete"),
]
