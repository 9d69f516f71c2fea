"""Wait until a worker has ended a row."""

import time
from typing import TypeVar
from uuid import UUID

from django.db import connections
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
    with Listener(FINISHED, pk) as listener:
        return _wait(
            rows.filter(pk=pk).order_by(), listener, _State(rows, pk), time.monotonic() + seconds
        )


class _State:
    """Reads the state of one row again and again: its query is made once."""

    def __init__(self, rows: QuerySet, pk: UUID):
        state = rows.model._default_manager.filter(pk=pk).order_by().values_list("state")
        self._connection = connections[state.db]
        self._sql, self._parameters = state.query.get_compiler(state.db).as_sql()

    def is_final(self) -> bool:
        """Whether it waits and runs no more, or is gone."""
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql, self._parameters)
            found = cursor.fetchone()
        return found is None or found[0] not in (PENDING, RUNNING)


def _wait(rows: QuerySet[Row], listener: Listener, state: _State, deadline: float) -> Row | None:
    pause = FIRST_PAUSE
    while True:
        # Whoever waits has just queued the row: it is not looked at before the first pause.
        notified = listener.wait(max(0.0, min(pause, deadline - time.monotonic())))
        late = time.monotonic() >= deadline
        # After a notification the whole row is worth its price.
        if notified or late or state.is_final():
            row = next(iter(rows.all()), None)  # iterated, because first() would sort
            if late or row is None or row.is_finished:
                return row
        pause = min(pause * 1.3, LONGEST_PAUSE)
