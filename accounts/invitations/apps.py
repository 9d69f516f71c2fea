from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "accounts.invitations"
    default_auto_field = "django.db.models.BigAutoField"
