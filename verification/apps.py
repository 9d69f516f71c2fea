from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # signals: deletes files with their rows; people: verdicts follow merged people.
        from . import signals  # noqa: F401
        from .comparisons import people  # noqa: F401
        from .webhooks import events

        events.connect()
