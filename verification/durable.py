"""Commits that the disk catches up with after others were told of them, and before the caller is."""

import os
from contextlib import contextmanager, suppress

from django.db import DEFAULT_DB_ALIAS, connections


@contextmanager
def hooks_before_flush():
    """Transactions in here run their `on_commit` hooks at once, and this context ends when what
    they wrote is on disk.

    SQLite waits for the disk within each commit, some milliseconds in which a worker could have
    begun. Here the commit only orders its writes, and the wait follows. A caller that comes out of
    this context has the same promise as after an ordinary commit: what it stored survives a power
    cut. Within a transaction, and on another database, nothing changes.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    _synchronous(connection, "NORMAL")
    try:
        yield
        _flush(connection.settings_dict["NAME"])
    finally:
        _synchronous(connection, "FULL")


def _synchronous(connection, how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={how}")


def _flush(database) -> None:
    """Wait until SQLite's write-ahead log is on disk. Without one, everything stands in the
    database, where it was flushed as it was moved there."""
    with suppress(FileNotFoundError):
        log = os.open(f"{database}-wal", os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(log)
        finally:
            os.close(log)
