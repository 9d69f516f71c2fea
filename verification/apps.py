from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # They register themselves: what happens with deleted rows and merged people, system checks.
        from . import signals  # noqa: F401
        from .comparisons import people  # noqa: F401
        from .photos import checks, keys  # noqa: F401
        from .webhooks import events

        events.connect()
