"""Commits that the disk catches up with after others were told of them, and before the caller is."""

import os
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, connections

# By the database's vendor: commits only order their writes, or wait until these are on disk.
RELAXED = {"sqlite": "PRAGMA synchronous=NORMAL", "postgresql": "SET synchronous_commit TO OFF"}
STRICT = {"sqlite": "PRAGMA synchronous=FULL", "postgresql": "RESET synchronous_commit"}

# For PostgreSQL, a transaction of its own: a commit that waits has waited for all before it, and one
# that wrote nothing would not wait. One statement, for each costs a round trip.
WAIT = (
    "SELECT set_config('synchronous_commit', 'on', true),"
    " pg_logical_emit_message(true, 'faceverify', '')"
)


@contextmanager
def hooks_before_flush():
    """Transactions in here run their `on_commit` hooks at once, and this context ends when what
    they wrote is on disk.

    A database waits for the disk within each commit, some milliseconds in which a worker could have
    begun. Here the commit only orders its writes, and the wait follows. A caller that comes out of
    this context has the same promise as after an ordinary commit: what it stored survives a power
    cut. Within a transaction nothing changes.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.in_atomic_block:
        yield
        return
    relax(connection)
    try:
        yield
        flush()
    finally:
        _execute(connection, STRICT[connection.vendor])


def relax(connection) -> None:
    """Let the commits of this connection only order their writes from now on."""
    _execute(connection, RELAXED[connection.vendor])


def flush() -> None:
    """Wait until all that was committed is on disk."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        _flush(connection.settings_dict["NAME"])
        return
    _execute(connection, WAIT)


def _execute(connection, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _flush(database) -> None:
    """Wait until SQLite's write-ahead log is on disk. Without one, everything stands in the
    database, where it was flushed as it was moved there."""
    with suppress(FileNotFoundError):
        log = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(log)
        finally:
            os.close(log)
