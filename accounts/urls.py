"""The account pages."""

from django.urls import path

from . import activity, views

urlpatterns = [
    path("", views.account, name="account"),
    path("activity/", activity.activity, name="activity"),
    path("activity/entries.<slug:format>", activity.activity_export, name="activity_export"),
    path("keys/", views.api_keys, name="api_keys"),
    path("keys/<uuid:id>/rotate/", views.api_key_rotate, name="api_key_rotate"),
    path("keys/<uuid:id>/revoke/", views.api_key_revoke, name="api_key_revoke"),
]
