"""One run of one row: claim it, then end it, requeue it or release it.

Each change of state is one conditional UPDATE. Its row count says whether the caller still had the
right to make it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.db.models.functions import Now

from ..text.folding import with_folded
from . import wakeup
from .clock import later
from .files import delete_leftovers
from .models import FAILED, PENDING, REFUSED, RUNNING, Job, is_due
from .queue import send
from .signals import job_finished
from .statements import Statement, update_returning

Row = TypeVar("Row", bound=Job)
Condition = Callable[[], Exists]

UNCLAIMED: dict[str, Any] = {"claim_token": None, "claimed_by": None, "lease_expires_at": None}


class Reason(Protocol):
    """Why a job is refused: an `engine.ImageRefused` or a `refusals.Refusal`."""

    @property
    def code(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def remedy(self) -> str: ...
    @property
    def which(self) -> Any: ...  # the photo, where it is about one
    @property
    def faces(self) -> list[Any]: ...


@dataclass(frozen=True)
class Claim(Generic[Row]):
    """The right to end one run of one row."""

    row: Row
    token: UUID

    @property
    def held(self) -> QuerySet[Row]:
        """The row, for as long as this claim holds it; empty afterwards."""
        rows = type(self.row)._default_manager
        return rows.filter(pk=self.row.pk, state=RUNNING, claim_token=self.token)

    def has_written(self, *named: str) -> bool:
        """Whether the run has written files besides those of the columns `named`."""
        return any(getattr(self.row, name) for name in self.row.RUN_FILES if name not in named)

    def end(self, state: str, *, only_if: dict[str, Any] | None = None, **values: Any) -> bool:
        """Move the row to a finished state and set the columns `values`.

        False, with nothing written, when the claim was lost or the row does not match `only_if`.
        """
        if self.has_written(*values):
            values["has_strays"] = True
        if only_if or not _are_plain(type(self.row), values):
            rows = self.held.filter(**only_if or {})
            return _finish(lambda: update_returning(rows, **_end(state), **values))
        folded = with_folded(type(self.row), values)
        ending = _ending(type(self.row), state, tuple(folded))
        return _finish(lambda: ending.run(self.row.pk, self.token, **folded))


def end_several(ended: Sequence[tuple[Claim[Row], dict[str, Any]]], state: str) -> set[UUID]:
    """`Claim.end` of several rows of one model, each with values of its own for the same plain columns:
    one look at them all, and updates that are sent together. The ids of those that were ended; the claims
    of the others were lost, and nothing of them is written."""
    model = type(ended[0][0].row)
    assert _are_plain(model, ended[0][1])
    columns = {claim.row.pk: (claim, _all_columns(claim, values)) for claim, values in ended}
    with transaction.atomic():
        running = model._default_manager.filter(pk__in=columns, state=RUNNING).order_by("pk")
        found = running.select_for_update(of=("self",)).values_list("pk", "claim_token")
        held = [columns[pk] for pk, token in found if token == columns[pk][0].token]
        if not held:
            return set()
        ids = {claim.row.pk for claim, _values in held}
        ending = _ending(model, state, tuple(held[0][1]))
        ending.run_for_each(((c.row.pk, c.token), values) for c, values in held)
        for row in model._default_manager.filter(pk__in=ids).order_by():
            _announce(row)
    return ids


def claim(
    model: type[Row],
    *,
    pk: UUID | str,
    worker: UUID | None,
    token: UUID | None = None,
    unless: Condition | None = None,
) -> Claim[Row] | None:
    """Take a pending row that is due; None when it is gone, taken or finished, or `unless` holds. The
    same condition is the same object each time: the statement is kept by it."""
    token = token or uuid4()
    statement = _claiming(model, settings.FACEVERIFY_LEASE_SECONDS, unless)
    taken = statement.run(UUID(str(pk)), token, worker)
    return Claim(taken[0], token) if taken else None


@lru_cache(maxsize=64)
def _claiming(model: type[Row], lease: float, unless: Condition | None) -> Statement[Row]:
    def made(pk: UUID, token: UUID, worker: UUID | None) -> tuple[QuerySet[Row], dict[str, Any]]:
        waiting = model._default_manager.filter(is_due(), pk=pk, state=PENDING)
        if unless is not None:
            waiting = waiting.exclude(unless())
        return waiting, _taking(token, worker, lease)

    return Statement(made, ids=3)


def claim_several(
    rows: QuerySet[Row],
    *,
    worker: UUID | None,
    token: UUID,
    most: int,
    unless: Condition | None = None,
) -> list[Claim[Row]]:
    """Take up to `most` of these rows that wait for their first try and are due, those that wait longest,
    all with the same token. Rows that another transaction is just taking are passed over."""
    if most <= 0:
        return []
    waiting = rows.filter(is_due(), state=PENDING, attempts=0).order_by("enqueued_at")
    if unless is not None:
        waiting = waiting.exclude(unless())
    model, lease = rows.model, settings.FACEVERIFY_LEASE_SECONDS
    with transaction.atomic():
        waiting = waiting.select_for_update(skip_locked=True, of=("self",))
        ids = list(waiting.values_list("pk", flat=True)[:most])
        meant = model._default_manager.filter(pk__in=ids, state=PENDING).order_by()
        if not ids or not meant.update(**_taking(token, worker, lease)):
            return []
        taken = model._default_manager.filter(pk__in=ids, claim_token=token)
        return [Claim(row, token) for row in taken.order_by("enqueued_at")]


def _taking(token: UUID, worker: UUID | None, lease: float) -> dict[str, Any]:
    """The columns of a row that a worker takes for `lease` seconds."""
    return {
        "state": RUNNING,
        "claim_token": token,
        "claimed_by": worker,
        "lease_expires_at": later(lease),
        "started_at": Now(),
        "attempts": F("attempts") + 1,
    }


def end_refused(claim: Claim, reason: Reason) -> bool:
    """End the run as refused, and store why; False when the claim was lost."""
    return claim.end(
        REFUSED,
        refusal_code=reason.code,
        refusal_detail=reason.detail,
        refusal_remedy=reason.remedy,
        refusal_which=reason.which or "",
        refusal_faces=list(reason.faces),
    )


def end_failed(claim: Claim, code: str) -> bool:
    """End the run as failed; False when the claim was lost."""
    return claim.end(FAILED, failure_code=code)


def release(claim: Claim, code: str, *, countdown: float) -> None:
    """After a passing error: pending again in `countdown` seconds, or failed with `code` when all
    tries are used up."""
    release_rows(claim.held, code, countdown=countdown)


def requeue(claim: Claim, *, countdown: float, progress: bool = False) -> None:
    """Pending again in `countdown` seconds, without using up a try: another row has to be done
    first, or this run did its share. After `progress` all tries are available again."""
    attempts = 0 if progress else F("attempts") - 1
    columns = _waiting(countdown) | UNCLAIMED
    if claim.has_written():
        columns["has_strays"] = True
    if claim.held.update(state=PENDING, attempts=attempts, **columns):
        send(claim.row.TASK, claim.row.pk, countdown)


def put_off(claim: Claim, seconds: float) -> bool:
    """Pending again, not to be tried for some seconds, without using up a try: what is missing is
    missing for all. False when the claim was lost."""
    columns = _waiting(seconds) | UNCLAIMED | {"has_strays": True}
    return bool(claim.held.update(state=PENDING, attempts=F("attempts") - 1, **columns))


def retry_at(claim: Claim, due: datetime, **values: Any) -> bool:
    """Pending until `due`, when the sweep queues the row; all tries are available again. False
    when the claim was lost; `values` are columns."""
    changed = claim.held.update(state=PENDING, attempts=0, due_at=due, **UNCLAIMED, **values)
    return bool(changed)


def renew(claim: Claim, **values: Any) -> bool:
    """A long run that has made progress gets a fresh lease and all its tries again. False when the
    claim was lost; `values` are columns."""
    until = later(settings.FACEVERIFY_LEASE_SECONDS)
    return bool(claim.held.update(lease_expires_at=until, attempts=1, **values))


def release_rows(rows: QuerySet[Row], code: str, *, countdown: float = 0) -> int:
    """Set the running ones of these rows back to pending, or to failed with `code` when they had
    all their tries; how many were changed."""
    model, released = rows.model, 0
    lost = rows.filter(state=RUNNING).values_list("pk", "claim_token", "attempts")
    for pk, token, attempts in list(lost):
        row = model._default_manager.filter(pk=pk, state=RUNNING, claim_token=token)
        if attempts >= settings.FACEVERIFY_TRIES:
            ended = _end(FAILED) | {"has_strays": True}
            failed = partial(update_returning, row, **ended, failure_code=code)
            released += _finish(failed)
        elif row.update(state=PENDING, has_strays=True, **_waiting(countdown), **UNCLAIMED):
            released += 1
            send(model.TASK, pk, countdown)
    return released


def _waiting(countdown: float) -> dict[str, Any]:
    """The columns of a row that waits from now on, or is due in `countdown` seconds."""
    due: dict[str, Any] = {"due_at": later(countdown)} if countdown else {}
    return {"enqueued_at": Now(), **due}


@lru_cache(maxsize=64)
def _ending(model: type[Row], state: str, names: tuple[str, ...]) -> Statement[Row]:
    def made(pk: UUID, token: UUID) -> tuple[QuerySet[Row], dict[str, Any]]:
        held = model._default_manager.filter(pk=pk, state=RUNNING, claim_token=token)
        return held, _end(state)

    return Statement(made, ids=2, varying=names)


def _are_plain(model: type[Job], values: dict[str, Any]) -> bool:
    """Whether these are values of columns, and no expressions or rows of other tables."""
    plain = {field.name for field in model._meta.concrete_fields if not field.is_relation}
    expressions = any(hasattr(value, "resolve_expression") for value in values.values())
    return values.keys() <= plain and not expressions


def _end(state: str) -> dict[str, Any]:
    return {"state": state, "finished_at": Now(), **UNCLAIMED}


def _finish(end: Callable[[], list[Row]]) -> bool:
    """End the one row that `end` changes and announce it; False when there is none."""
    with transaction.atomic():
        ended = end()
        for row in ended:
            _announce(row)
    return bool(ended)


def _announce(row: Job) -> None:
    """That this row has ended, in the transaction that ends it."""
    job_finished.send(sender=type(row), pk=row.pk, row=row)
    transaction.on_commit(partial(wakeup.notify, wakeup.FINISHED, row.pk))
    clean = partial(delete_leftovers, row)
    transaction.on_commit(clean, robust=True)  # what it leaves, the next pruning finds


def _all_columns(claim: Claim, values: dict[str, Any]) -> dict[str, Any]:
    """These values of a row's columns, with those that follow from them."""
    # Of this one nobody else has written while the row was claimed.
    strays = claim.row.has_strays or claim.has_written(*values)
    return with_folded(type(claim.row), values) | {"has_strays": strays}
