"""The account pages."""

from django.urls import path

from . import activity, views
from .audit.export import FORMATS
from .sessions import views as session_views

urlpatterns = [
    path("", views.account, name="account"),
    path("activity/", activity.activity, name="activity"),
    *(
        path(f"activity/entries.{name}", activity.export, {"format": name}, name=f"activity_{name}")
        for name in FORMATS
    ),
    path("keys/", views.api_keys, name="api_keys"),
    path("keys/<uuid:id>/rotate/", views.api_key_rotate, name="api_key_rotate"),
    path("keys/<uuid:id>/revoke/", views.api_key_revoke, name="api_key_revoke"),
    path("sessions/", session_views.sessions, name="sessions"),
    path("sessions/<int:id>/end/", session_views.session_end, name="session_end"),
    path("sessions/end-others/", session_views.sessions_end_others, name="sessions_end_others"),
    path("sessions/end-all/", session_views.sessions_end_all, name="sessions_end_all"),
]
