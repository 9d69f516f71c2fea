"""System checks of FACEVERIFY_SEARCH=pgvector; `migrate` runs them before it changes anything."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connection

from . import pgvector_tables as tables


@register(Tags.database)
def check_pgvector(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    if not databases or "default" not in databases or connection.vendor != "postgresql":
        return []
    try:
        if settings.FACEVERIFY_SEARCH != "pgvector":
            return _left_over()
        return _extension()
    except DatabaseError:
        return []  # a database that is away is reported elsewhere


def _extension() -> list[CheckMessage]:
    version = tables.extension_version()
    oldest = ".".join(map(str, tables.OLDEST))
    if version is None:
        return [
            Error(
                "FACEVERIFY_SEARCH=pgvector, but the PostgreSQL server does not have the extension.",
                hint="Install pgvector on the server (Debian: postgresql-NN-pgvector), or set "
                "FACEVERIFY_SEARCH=memory.",
                id="verification.E004",
            )
        ]
    if version < tables.OLDEST:
        found = ".".join(map(str, version))
        return [
            Error(
                f"pgvector {found} is too old: a search needs {oldest} or newer.",
                hint="Install a newer one on the server, then in this database: "
                "ALTER EXTENSION vector UPDATE",
                id="verification.E005",
            )
        ]
    return []


def _left_over() -> list[CheckMessage]:
    if not tables.are_there():
        return []
    return [
        Warning(
            "Vectors of faces are still in PostgreSQL, unencrypted, though no search uses them.",
            hint="Remove them: python manage.py search_index remove",
            id="verification.W001",
        )
    ]
