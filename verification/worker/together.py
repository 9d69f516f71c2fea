"""Rows of one kind that wait together and are carried out together: taken by one statement, worked on one
after the other, and stored in one transaction. Each has an end of its own, and a bad one hurts no other:
only rows at their first try have company, so what has broken a run once is tried again alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import uuid4

import structlog
from celery import Task, shared_task
from django.db.models import QuerySet
from django.utils import translation

from .. import engine
from ..jobs import claims
from ..jobs.claims import Claim
from ..jobs.errors import TRANSIENT_DATABASE_ERRORS
from ..jobs.models import Job
from . import children
from .celery_hooks import instance_id
from .runs import RETRIED, another_model, handled

Row = TypeVar("Row", bound=Job)
Made = TypeVar("Made")

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Together(Generic[Row, Made]):
    """What is done with the rows of `model`.

    `make` does the work of one row, `store` ends several in one transaction and returns those whose claim
    was lost. A row that `has_company` is carried out with up to `most` - 1 of `company`, those that wait.
    """

    model: type[Row]
    make: Callable[[Claim[Row]], Made]
    store: Callable[[list[tuple[Claim[Row], Made]]], bool]
    company: Callable[[], QuerySet[Row]]
    has_company: Callable[[Row], bool]
    most: int


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
    name = kind.model._meta.model_name
    held = _taken(kind, pk)
    if not held:
        logger.info(f"{name}_not_claimed", row=pk)
        return
    made: list[tuple[Claim[Row], Made]] = []
    with children.holding(held[0].token), translation.override(None):
        errors = [_handled(each, lambda c: made.append((c, kind.make(c)))) for each in held]
        errors += _stored(kind, made)
    for error in filter(None, errors):
        raise error


def _taken(kind: Together[Row, Made], pk: str) -> list[Claim[Row]]:
    loaded, worker = engine.loaded_model(), instance_id()
    unless = another_model(loaded.sha256) if loaded else None
    first = claims.claim(kind.model, pk=pk, worker=worker, unless=unless)
    if first is not None and (first.row.attempts > 1 or not kind.has_company(first.row)):
        return [first]
    held = [first] if first else []
    return held + claims.claim_several(
        kind.company(),
        worker=worker,
        token=first.token if first else uuid4(),
        most=kind.most - len(held),
        unless=unless,
    )


def _stored(
    kind: Together[Row, Made], made: list[tuple[Claim[Row], Made]]
) -> list[Exception | None]:
    """Where they cannot be stored together, each is stored by itself, and the one that is to blame fails
    alone."""
    if len(made) > 1:
        try:
            written = kind.store(made)
        except Exception as error:
            logger.warning("not_stored_together", rows=len(made), error=type(error).__name__)
        else:
            for claim, _one in made:
                logger.info(
                    f"{kind.model._meta.model_name}_carried_out",
                    row=str(claim.row.pk),
                    written=written,
                )
            return []

    def alone(one: Made) -> Callable[[Claim[Row]], bool]:
        return lambda claim: kind.store([(claim, one)])

    return [_handled(claim, alone(one)) for claim, one in made]


def _handled(claim: Claim[Row], handler: Callable[[Claim[Row]], bool | None]) -> Exception | None:
    """Have one row handled; what went wrong with it so unexpectedly that it has to be raised."""
    try:
        handled(claim, handler)
    except TRANSIENT_DATABASE_ERRORS:
        raise
    except Exception as error:
        return error
    return None
