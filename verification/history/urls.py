"""Pages: the owner's past comparisons."""

from django.urls import path

from . import views
from .dashboard_views import dashboard_page
from .review_queue import review_queue

urlpatterns = [
    path("history/", views.history, name="history"),
    path("history/review/", review_queue, name="review_queue"),
    path("history/dashboard/", dashboard_page, name="dashboard"),
    path("history/delete/", views.delete_many, name="history_delete"),
    path("history/delete-matching/", views.delete_matching, name="history_delete_matching"),
]
