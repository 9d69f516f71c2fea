from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


class VerificationConfig(AppConfig):
    name = "verification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import shown, signals
        from .gallery.index import pgvector_checks  # noqa: F401  system checks, which register themselves
        from .photos import checks, keys  # noqa: F401

        shown.connect()
        signals.connect()
        post_migrate.connect(prepare_vectors, sender=self)


def prepare_vectors(**kwargs: Any) -> None:
    """After the migrations: they are of every installation, this is of those that want it."""
    from .gallery.index.pgvector_tables import prepare

    if settings.FACEVERIFY_SEARCH == "pgvector":
        prepare()
