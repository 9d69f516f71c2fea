from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .audit import signals  # noqa: F401  connects its receivers
        from .factors import services  # noqa: F401  listens to allauth's signals
        from .sign_up import checks  # noqa: F401  registers them
