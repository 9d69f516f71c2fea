"""Rows of one kind that wait together and are carried out together: taken by one statement, worked on one
after the other, and stored in one transaction. Each has an end of its own, and a bad one hurts no other:
only rows at their first try have company, so what has broken a run once is tried again alone."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import structlog
from celery import Task, shared_task
from django.db import close_old_connections
from django.db.models import QuerySet
from django.utils import translation

from .. import engine
from ..jobs import claims
from ..jobs.claims import Claim
from ..jobs.errors import TRANSIENT_DATABASE_ERRORS
from ..jobs.models import Job
from ..photos.storage import FILES_AT_ONCE
from . import children
from .celery_hooks import instance_id
from .runs import RETRIED, another_model, handled

Row = TypeVar("Row", bound=Job)
Made = TypeVar("Made")
Handle = Callable[[Claim[Any], Callable[[Claim[Any]], bool | None]], bool]  # see runs.handled

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Together(Generic[Row, Made]):
    """What is done with the rows of `model`.

    `make` does the work of one row, with what `read` gave, and `write` writes its files; both of these while
    others are worked on, in threads that have no database. `store` ends several in one transaction and says
    whether any was written. A row that `has_company` is carried out with those of `company` that wait, model.TOGETHER in all.
    """

    model: type[Row]
    read: Callable[[Claim[Row]], Any]
    make: Callable[[Claim[Row], Any], Made]
    write: Callable[[Claim[Row], Made], None]
    store: Callable[[list[tuple[Claim[Row], Made]]], bool]
    company: Callable[[], QuerySet[Row]]
    has_company: Callable[[Row], bool]


def together_task(kind: Together[Any, Any], **options: Any) -> Task:
    """The Celery task of such rows, given the primary key of one of them."""

    @shared_task(name=kind.model.TASK, **RETRIED, **options)
    def task(pk: str) -> None:
        carry_out_together(kind, pk)

    return task


def carry_out_together(kind: Together[Row, Made], pk: str) -> None:
    """Take the row, with those that wait beside it, and carry them out; also those alone, where others
    have taken the row: its message stood for them too.

    Raises what `runs.carry_out` raises, the first of several errors.
    """
    errors: list[Exception] = []

    def handle(claim: Claim[Row], handler: Callable[[Claim[Row]], bool | None]) -> bool:
        try:
            return handled(claim, handler)
        except Exception as error:
            errors.append(error)
            return True

    token = uuid4()
    # Held before they are taken, as in runs.py.
    with children.holding(token), translation.override(None):
        held = _taken(kind, pk, token)
        made = _made(kind, held, handle)
        _store(kind, made, handle)
    if not held:
        logger.info(f"{kind.model._meta.model_name}_not_claimed", row=pk)
    for error in errors:
        raise error


def _made(
    kind: Together[Row, Made], held: list[Claim[Row]], handle: Handle
) -> list[tuple[Claim[Row], Made]]:
    """Those that are to be stored: their files are written. Where a row could not even be given back, none
    is, and the others are left to their lease as well: each would wait as long for the database, until the
    process is killed with all of them."""
    written: list[tuple[Claim[Row], Made, Future[None]]] = []
    made: list[tuple[Claim[Row], Made]] = []
    with ThreadPoolExecutor(FILES_AT_ONCE) as files:
        reading = {claim.row.pk: files.submit(kind.read, claim) for claim in held}

        def make(claim: Claim[Row]) -> None:
            one = kind.make(claim, reading.pop(claim.row.pk).result())
            written.append((claim, one, files.submit(kind.write, claim, one)))

        def finish(claim: Claim[Row]) -> None:
            _claim, one, writing = written.pop(0)
            writing.result()
            made.append((claim, one))

        goes_on = all(handle(claim, make) for claim in held) and all(
            handle(claim, finish) for claim in [claim for claim, _one, _writing in written]
        )
    return made if goes_on else []


def _taken(kind: Together[Row, Made], pk: str, token: UUID) -> list[Claim[Row]]:
    loaded, worker = engine.loaded_model(), instance_id()
    unless = another_model(loaded.sha256) if loaded else None
    first = claims.claim(kind.model, pk=pk, worker=worker, token=token, unless=unless)
    if first is not None and (first.row.attempts > 1 or not kind.has_company(first.row)):
        return [first]
    held = [first] if first else []
    try:
        return held + claims.claim_several(
            kind.company(),
            worker=worker,
            token=token,
            most=kind.model.TOGETHER - len(held),
            unless=unless,
        )
    except TRANSIENT_DATABASE_ERRORS as error:
        if not held:
            raise  # the message is tried again
        logger.warning("taken_alone", row=pk, error=type(error).__name__)
        close_old_connections()  # one that an error has broken is made anew
        return held


def _store(kind: Together[Row, Made], made: list[tuple[Claim[Row], Made]], handle: Handle) -> None:
    """Where they cannot be stored together, each is stored by itself, and the one that is to blame fails
    alone. What is wrong with the database is no row's fault: all of them are tried again."""

    def alone(one: Made) -> Callable[[Claim[Row]], bool]:
        return lambda claim: kind.store([(claim, one)])

    def again(error: Exception) -> Callable[[Claim[Row]], bool]:
        def handler(_claim: Claim[Row]) -> bool:
            raise error

        return handler

    todo = [(claim, alone(one)) for claim, one in made]
    if len(made) > 1:
        try:
            written = kind.store(made)
        except TRANSIENT_DATABASE_ERRORS as error:
            todo = [(claim, again(error)) for claim, _one in made]
        except Exception as error:
            logger.warning("not_stored_together", rows=len(made), error=type(error).__name__)
        else:
            for claim, _one in made:
                logger.info(
                    f"{kind.model._meta.model_name}_carried_out",
                    row=str(claim.row.pk),
                    written=written,
                )
            return
    all(handle(claim, handler) for claim, handler in todo)
