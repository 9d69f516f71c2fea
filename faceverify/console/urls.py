"""The pages of the console."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.overview, name="console"),
    path("users/", views.users, name="console_users"),
    path("users/<uuid:id>/", views.user, name="console_user"),
    path("users/<uuid:id>/quota/", views.user_quota, name="console_user_quota"),
    path("users/<uuid:id>/<slug:action>/", views.user_do, name="console_user_do"),
    path("jobs/", views.failed_jobs, name="console_jobs"),
    path("jobs/again/", views.jobs_again, name="console_jobs_again"),
    path("invitations/", views.invitations, name="console_invitations"),
    path(
        "invitations/<uuid:id>/revoke/", views.invitation_revoke, name="console_invitation_revoke"
    ),
    path("activity/", views.activity, name="console_activity"),
    path("webhooks/", views.webhooks, name="console_webhooks"),
    path("settings/", views.settings_in_force, name="console_settings"),
]
