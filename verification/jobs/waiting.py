"""Wait until a worker has ended a row."""

import time
from functools import lru_cache
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet, UUIDField

from .models import PENDING, RUNNING, Job
from .statements import Statement
from .wakeup import FINISHED, Listener

FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25

Row = TypeVar("Row", bound=Job)
_UUID: UUIDField = UUIDField()


def wait_until_finished(
    model: type[Row], pk: UUID, seconds: float, rows: QuerySet[Row] | None = None
) -> Row | None:
    """A row, as soon as it is finished or `seconds` have passed; None when it is gone. `rows` says
    which others are read with it.

    Looks by primary key when a worker of this machine says that it has finished this one, and else
    at growing intervals: 50 short queries in 10 s.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    with Listener(FINISHED, pk) as listener:
        while True:
            # Whoever waits has just queued the row: it is not looked at before the first pause.
            notified = listener.wait(max(0.0, min(pause, deadline - time.monotonic())))
            late = time.monotonic() >= deadline
            # After a notification the whole row is worth its price.
            if notified or late or _is_final(model, pk):
                found = _by_id(model).run(pk) if rows is None else list(rows.filter(pk=pk))
                row = found[0] if found else None
                if late or row is None or row.is_finished:
                    return row
            pause = min(pause * 1.3, LONGEST_PAUSE)


@lru_cache(maxsize=32)
def _by_id(model: type[Row]) -> Statement[Row]:
    return Statement(lambda pk: (model._default_manager.filter(pk=pk).order_by(), None), ids=1)


def _is_final(model: type[Job], pk: UUID) -> bool:
    """Whether a row waits and runs no more, or is gone."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute(_state_of(model), [_UUID.get_db_prep_value(pk, connection)])
        found = cursor.fetchone()
    return found is None or found[0] not in (PENDING, RUNNING)


@lru_cache(maxsize=32)
def _state_of(model: type[Job]) -> str:
    """The statement that reads the state of one row: it is made once."""
    state = model._default_manager.filter(pk=uuid4()).order_by().values_list("state")
    return state.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()[0]
