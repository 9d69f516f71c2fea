from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # checks, keys: register the system checks; people: verdicts follow merged people;
        # signals: deletes files with their rows.
        from . import signals  # noqa: F401
        from .comparisons import people  # noqa: F401
        from .photos import checks, keys  # noqa: F401
        from .webhooks import events

        events.connect()
