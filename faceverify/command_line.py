"""What an operator reads, instead of a traceback, where a command finds no database that it can use."""

import sqlite3

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor

from .outages import outage_of

DATABASE_ERRORS = (DatabaseError, InterfaceError, sqlite3.Error)
NOT_PREPARED = (
    "The database is not prepared for this version: migrations are missing, {first} the first of {number}. "
    "Run `python manage.py migrate`, or start faceverify with `make run`, which does that by itself."
)


def advice(error: BaseException) -> str | None:
    """What to do about an error of the database that a command was ended by; None where it is not that the
    database is missing, busy or not prepared."""
    if outage := outage_of(error):
        return f"{outage.title}: {str(error).strip()}\n{outage.detail} Look at DATABASE_URL, then try again."
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DATABASE_ERRORS:
        return None
    if not missing:
        return None
    return NOT_PREPARED.format(first=missing[0][0], number=len(missing))
