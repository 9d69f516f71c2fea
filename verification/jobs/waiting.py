"""Wait until a worker has ended a row."""

import time
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from .models import PENDING, RUNNING, Job
from .statements import Statement
from .wakeup import FINISHED, Listener

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25

Row = TypeVar("Row", bound=Job)


def wait_until_finished(
    model: type[Row], pk: UUID, seconds: float, rows: QuerySet[Row] | None = None
) -> Row | None:
    """A row, as soon as it is finished or `seconds` have passed; None when it is gone. `rows` says
    which others are read with it.

    Looks by primary key when a worker of this machine says that it has finished this one, and else
    at growing intervals: 50 short queries in 10 s.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    state = _State(model, pk)
    with Listener(FINISHED, pk) as listener:
        while True:
            # Whoever waits has just queued the row: it is not looked at before the first pause.
            notified = listener.wait(max(0.0, min(pause, deadline - time.monotonic())))
            late = time.monotonic() >= deadline
            # After a notification the whole row is worth its price.
            if notified or late or state.is_final():
                found = _by_id(model).run(pk) if rows is None else list(rows.filter(pk=pk))
                row = found[0] if found else None
                if late or row is None or row.is_finished:
                    return row
            pause = min(pause * 1.3, LONGEST_PAUSE)


@lru_cache(maxsize=32)
def _by_id(model: type[Row]) -> Statement[Row]:
    return Statement(lambda pk: (model._default_manager.filter(pk=pk).order_by(), None), ids=1)


class _State:
    """Reads the state of one row again and again: its query is made once."""

    def __init__(self, model: type[Job], pk: UUID):
        state = model._default_manager.filter(pk=pk).order_by().values_list("state")
        self._connection = connections[state.db]
        self._sql, self._parameters = state.query.get_compiler(state.db).as_sql()

    def is_final(self) -> bool:
        """Whether it waits and runs no more, or is gone."""
        with self._connection.cursor() as cursor:
            cursor.execute(self._sql, self._parameters)
            found = cursor.fetchone()
        return found is None or found[0] not in (PENDING, RUNNING)
