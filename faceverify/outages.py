"""What the server lacks at the moment: a database, room on a disk, memory. Never an error of ours.

Whatever such an error breaks (a view, a middleware, the check of a session or an API key), one
place recognises it, and the request is answered 503 or 507 with `Retry-After`: as problem+json to a
program, and as a page that needs neither database nor session to a person.
"""

import errno
import shutil
import smtplib
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.core.signals import got_request_exception
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from verification import engine

from .api import problems
from .metrics import events

logger = structlog.get_logger(__name__)

MEGABYTE = 1024**2
DEPTH = 10  # of causes of an error, and their causes


@dataclass(frozen=True)
class Outage:
    """What is missing, in words for whoever asked, and in how many seconds to ask again."""

    status: int
    code: str
    title: str | Promise
    detail: str | Promise
    retry_after: int


DATABASE = Outage(
    503,
    "database_unavailable",
    gettext_lazy("The database does not answer"),
    gettext_lazy("The database cannot be reached at the moment, or is busy."),
    5,
)
STORAGE_FULL = Outage(
    507,
    "storage_full",
    gettext_lazy("The disk of the server is full"),
    gettext_lazy("The server has no room to store anything more at the moment."),
    60,
)
STORAGE = Outage(
    503,
    "storage_unavailable",
    gettext_lazy("The storage of the server does not answer"),
    gettext_lazy("The server cannot read or write its files at the moment."),
    15,
)
QUEUE = Outage(
    503,
    "queue_unavailable",
    gettext_lazy("The queue does not answer"),
    gettext_lazy("The queue cannot be reached."),
    5,
)
SERVICE = Outage(
    503,
    "service_unavailable",
    gettext_lazy("Another server does not answer"),
    gettext_lazy(
        "A server that this one needs for it, such as the one for mail, cannot be reached."
    ),
    30,
)
OVERLOADED = Outage(
    503,
    "overloaded",
    gettext_lazy("The server is overloaded"),
    gettext_lazy("The server has no memory or no free connection for this at the moment."),
    5,
)
PHOTOS_BUSY = Outage(
    503,
    "busy",
    gettext_lazy("Too many photos at once"),
    gettext_lazy("Others are sending photos that take long to read."),
    5,
)

# EFBIG: a limit on the size of files, which stops a growing database as a full disk does.
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
BROKEN = {errno.EROFS, errno.EIO, errno.ESTALE, errno.ENODEV, errno.ENXIO}
NOT_ALLOWED = {errno.EACCES, errno.EPERM}  # an outage where the folder is one of our own
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}
UNREACHABLE = {errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH}
MAIL = (
    smtplib.SMTPServerDisconnected,
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
)

SQLITE = {
    sqlite3.SQLITE_FULL: STORAGE_FULL,
    sqlite3.SQLITE_BUSY: DATABASE,
    sqlite3.SQLITE_LOCKED: DATABASE,
    sqlite3.SQLITE_PROTOCOL: DATABASE,
    sqlite3.SQLITE_IOERR: STORAGE,
    sqlite3.SQLITE_CANTOPEN: STORAGE,
    sqlite3.SQLITE_READONLY: STORAGE,
    sqlite3.SQLITE_PERM: STORAGE,
    sqlite3.SQLITE_CORRUPT: STORAGE,
    sqlite3.SQLITE_NOTADB: STORAGE,
    sqlite3.SQLITE_NOMEM: OVERLOADED,
}
# Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRES = {
    "08": DATABASE,  # connection
    "25006": DATABASE,  # read only: a standby
    "40": DATABASE,  # deadlock, serialization
    "53": DATABASE,  # resources, such as too many connections
    "53100": STORAGE_FULL,
    "55": DATABASE,  # a lock waited for in vain
    "57": DATABASE,  # shutdown, cancelled
    "58": STORAGE,  # an error of its own files
}


def outage_of(error: BaseException | None) -> Outage | None:
    """The outage that an error, or one of its causes, tells of; None for every other error."""
    found = (_recognised(each) for each in _with_causes(error))
    return next((outage for outage in found if outage), None)


def answer(request: HttpRequest, outage: Outage) -> HttpResponse:
    """The answer to a request that an outage broke."""
    return problems.unavailable(request, **vars(outage))


class OutageMiddleware:
    """Answers for whatever is missing, wherever inside of it that was noticed.

    Errors of views come to `process_exception`; those of other middleware, and of the pages of
    errors, Django announces before it answers 500. Stands inside of the middleware that needs nothing,
    and outside of that which asks for the session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], Any]):
        self.get_response = get_response
        got_request_exception.connect(_remember)

    def __call__(self, request: HttpRequest) -> Any:
        response = self.get_response(request)
        outage = getattr(request, "outage", None)
        return answer(request, outage) if outage and response.status_code == 500 else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        outage = _noted(exception)
        return answer(request, outage) if outage else None


def _remember(request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """Called while the exception is being handled."""
    if request is not None and (outage := _noted(sys.exc_info()[1])):
        request.outage = outage  # type: ignore[attr-defined]


def _noted(error: BaseException | None) -> Outage | None:
    outage = outage_of(error)
    if outage:
        # Not the message: those of databases quote values.
        events.outage(outage.code)
        logger.error("outage", code=outage.code, error=type(error).__name__)
    return outage


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(DEPTH):
        if error is None or isinstance(error, UnreadablePostError):  # whoever asked is gone
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _recognised(error: BaseException) -> Outage | None:
    if isinstance(error, engine.DecodersBusy):
        return PHOTOS_BUSY
    if isinstance(error, DatabaseError | InterfaceError):
        return _of_database(error)
    if isinstance(error, OSError):
        return _of_system(error)
    if isinstance(error, MemoryError) or "can't start new thread" in str(error):
        return OVERLOADED
    return QUEUE if _is_of_queue(error) else None


def _of_database(error: DatabaseError | InterfaceError) -> Outage | None:
    """Both databases also report lasting faults, such as a missing table: these are none."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        outage = SQLITE.get(code & 0xFF)
        return STORAGE_FULL if outage is STORAGE and _is_full() else outage
    state = getattr(cause, "sqlstate", None)
    if state:
        return POSTGRES.get(state) or POSTGRES.get(state[:2])
    # Without a code the driver speaks itself: it has no connection.
    return DATABASE if isinstance(error, OperationalError | InterfaceError) else None


def _is_full() -> bool:
    """SQLite calls it an I/O error when it cannot make or lengthen one of its auxiliary files."""
    try:
        return shutil.disk_usage(settings.DATABASES["default"]["NAME"]).free < MEGABYTE
    except OSError:
        return False


def _of_system(error: OSError) -> Outage | None:
    if _is_of_queue(error):
        return QUEUE
    if error.errno in FULL:
        return STORAGE_FULL
    if error.errno in BROKEN:
        return STORAGE
    if error.errno in EXHAUSTED:
        return OVERLOADED
    ours = (str(settings.MEDIA_ROOT), str(settings.VAR_DIR))
    if error.errno in NOT_ALLOWED and str(error.filename).startswith(ours):
        return STORAGE
    unreachable = error.errno in UNREACHABLE or isinstance(error, (TimeoutError, socket.gaierror))
    return SERVICE if unreachable or isinstance(error, MAIL) else None


def _is_of_queue(error: BaseException) -> bool:
    import kombu.exceptions
    import redis.exceptions

    return isinstance(error, redis.exceptions.RedisError | kombu.exceptions.OperationalError)
