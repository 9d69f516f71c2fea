"""Where a person was seen."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/<uuid:id>/seen/", views.person_seen, name="person_seen"),
]
