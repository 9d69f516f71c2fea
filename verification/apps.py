from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # checks: registers the system checks; signals: deletes files with their rows.
        from . import signals  # noqa: F401
        from .webhooks import events

        events.connect()
