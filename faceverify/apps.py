from django.apps import AppConfig


class FaceverifyConfig(AppConfig):
    name = "faceverify"

    def ready(self) -> None:
        from . import checks, database_text, request_id  # noqa: F401  register themselves
        from .metrics import events

        events.connect()
