"""The explanation of a verdict."""

from django.urls import path

from . import views

urlpatterns = [
    path("verifications/<uuid:id>/why/", views.why, name="verification_why"),
]
