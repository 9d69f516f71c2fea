"""Pages: home, those of each kind, and one verification."""

from django.urls import path

from . import add_to_gallery, another_photo, name_face, views
from .kinds.registry import KINDS

urlpatterns = [
    path("", views.home, name="home"),
    path("how-it-works/", views.how_it_works, name="how_it_works"),
    *(url for kind in KINDS.values() for url in kind.urls()),
    path("verifications/<uuid:id>/", views.detail, name="verification_detail"),
    path("verifications/<uuid:id>/status/", views.status, name="verification_status"),
    path("verifications/<uuid:id>/delete/", views.delete, name="verification_delete"),
    path("verifications/<uuid:id>/face/", views.choose_face, name="verification_choose_face"),
    path("verifications/<uuid:id>/retry/", views.retry, name="verification_retry"),
    path(
        "verifications/<uuid:id>/add/<slug:which>/",
        add_to_gallery.verification_add,
        name="verification_add",
    ),
    path(
        "verifications/<uuid:id>/faces/<int:index>/",
        name_face.verification_name_face,
        name="verification_name_face",
    ),
    path(
        "verifications/<uuid:id>/another/<slug:which>/",
        another_photo.verification_another,
        name="verification_another",
    ),
    path("verifications/<uuid:id>/<slug:which>.jpg", views.image, name="verification_image"),
]
