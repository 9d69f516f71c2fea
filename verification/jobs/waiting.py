"""Wait until a worker has ended a row."""

import time
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet

from .models import PENDING, RUNNING, Job
from .wakeup import FINISHED, Listener

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25

Row = TypeVar("Row", bound=Job)


def wait_until_finished(rows: QuerySet[Row], pk: UUID, seconds: float) -> Row | None:
    """A row, as soon as it is finished or `seconds` have passed; None when it is gone. `rows` says
    how it is read.

    Looks by primary key when a worker of this machine says that it has finished this one, and else
    at growing intervals: 50 short queries in 10 s.
    """
    with Listener(FINISHED) as listener:
        return _wait(rows.filter(pk=pk).order_by(), listener, pk, time.monotonic() + seconds)


def _wait(rows: QuerySet[Row], listener: Listener, pk: UUID, deadline: float) -> Row | None:
    state = rows.model._default_manager.filter(pk=pk).order_by().values_list("state", flat=True)
    pause, notified = FIRST_PAUSE, False
    while True:
        # Iterated, because first() would sort. After a notification the whole row is worth its price.
        if notified or next(iter(state.all()), None) not in (PENDING, RUNNING):
            row = next(iter(rows.all()), None)
            if row is None or row.is_finished:
                return row
        now = time.monotonic()
        if now >= deadline:
            return next(iter(rows.all()), None)
        notified = _notified_of(pk, listener, min(now + pause, deadline))
        pause = min(pause * 1.3, LONGEST_PAUSE)


def _notified_of(pk: UUID, listener: Listener, until: float) -> bool:
    """Wait until a notification says that this row is finished; others are ignored."""
    while (left := until - time.monotonic()) > 0:
        if pk.bytes in listener.wait(left):
            return True
    return False
