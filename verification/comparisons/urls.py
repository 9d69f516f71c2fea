"""Pages: home, compare, and one verification."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.home, name="home"),
    path("compare/", views.compare, name="compare"),
    path("verifications/<uuid:id>/", views.detail, name="verification_detail"),
    path("verifications/<uuid:id>/status/", views.status, name="verification_status"),
    path("verifications/<uuid:id>/delete/", views.delete, name="verification_delete"),
    path("verifications/<uuid:id>/face/", views.choose_face, name="verification_choose_face"),
    path("verifications/<uuid:id>/retry/", views.retry, name="verification_retry"),
    path("verifications/<uuid:id>/<slug:which>.jpg", views.image, name="verification_image"),
]
