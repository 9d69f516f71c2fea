from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import shown, signals
        from .photos import checks, keys  # noqa: F401  system checks, which register themselves

        shown.connect()
        signals.connect()
