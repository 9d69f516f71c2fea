"""The account pages."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.account, name="account"),
    path("keys/", views.api_keys, name="api_keys"),
    path("keys/<uuid:id>/rotate/", views.api_key_rotate, name="api_key_rotate"),
    path("keys/<uuid:id>/revoke/", views.api_key_revoke, name="api_key_revoke"),
]
