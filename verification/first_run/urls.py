"""The first minutes of a new account."""

from django.urls import path

from . import views

urlpatterns = [
    path("samples/pair/", views.sample_pair, name="sample_pair"),
    path("samples/people/", views.sample_people, name="sample_people"),
    path("first-steps/close/", views.steps_closed, name="first_steps_close"),
]
