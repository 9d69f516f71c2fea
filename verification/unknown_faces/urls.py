"""Faces nobody knows."""

from django.urls import path

from . import views

urlpatterns = [
    path("people/unknown/", views.unknown_faces, name="unknown_faces"),
    path("people/unknown/gather/", views.gather, name="unknown_faces_gather"),
    path("people/unknown/name/", views.name, name="unknown_faces_name"),
]
