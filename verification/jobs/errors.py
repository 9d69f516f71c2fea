"""Which errors pass by themselves, so that the same work succeeds when it is tried again."""

import errno
import sqlite3

from django.db import Error, InterfaceError, OperationalError

# A deadlock, a serialization failure, a lock waited for in vain ("database is locked"), a server
# that restarts, a connection that was lost or closed. Both databases report some lasting faults,
# such as a missing table, in the same way: so tries are limited.
TRANSIENT_DATABASE_ERRORS = (OperationalError, InterfaceError)

# A disk that is full, or that cannot be written or reached: only an operator can help, and every
# row would meet the same.
_OUTAGES = {
    getattr(errno, name)
    for name in (
        "ENOSPC", "EDQUOT", "EFBIG", "EROFS", "EIO", "EACCES", "EPERM", "ENOTDIR", "ENODEV", "ENXIO",
        "ESTALE", "ENOTCONN", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "EREMOTEIO",
    )
    if hasattr(errno, name)
}  # fmt: skip
_SQLITE_OUTAGES = {
    sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
# Disk full, I/O error, read-only transaction; a server that stops, has crashed or recovers.
_POSTGRES_OUTAGES = ("53100", "58030", "25006", "57P01", "57P02", "57P03")


def is_outage(error: Exception) -> bool:
    """Whether a disk or the database is full, read-only or out of reach. Work that fails so has not
    been tried: it waits."""
    if isinstance(error, OSError):
        return error.errno in _OUTAGES
    if isinstance(error, Error):
        # Of an extended code of SQLite's the last byte is the kind.
        code = getattr(error.__cause__, "sqlite_errorcode", 0)
        state = getattr(error.__cause__, "sqlstate", "")
        if state is None and isinstance(error, OperationalError):
            return True  # PostgreSQL's driver itself speaks: the connection was lost
        return code & 0xFF in _SQLITE_OUTAGES or state in _POSTGRES_OUTAGES
    return False
