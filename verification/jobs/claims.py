"""What a worker writes: claim a row, end its run, give back what was lost.

Each change of state is one conditional UPDATE whose row count says whether it was ours to make.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, QuerySet
from django.utils import timezone

from ..photos.storage import private_files
from . import wakeup
from .models import FAILED, PENDING, REFUSED, RUNNING, Job
from .queue import send
from .signals import job_finished

Row = TypeVar("Row", bound=Job)

RESEND_AT_ONCE = 100
RESEND_AT_START = 10_000
UNCLAIMED = {"claim_token": None, "claimed_by": None, "lease_expires_at": None}


@dataclass(frozen=True)
class Claim(Generic[Row]):
    """The right to end one run of one row."""

    row: Row
    token: UUID

    @property
    def held(self) -> QuerySet:
        """The row, for as long as it is ours."""
        return type(self.row).objects.filter(pk=self.row.pk, state=RUNNING, claim_token=self.token)

    def end(self, state: str, *, only_if: dict | None = None, **values) -> bool:
        """Move the row to a finished state; False when the claim was lost, or the row is not as
        `only_if` says, and nothing is written."""
        return _finish(self.held.filter(**only_if or {}), self.row.pk, state, **values)


def claim(
    model: type[Job], *, pk, worker: UUID | None, unless: Exists | None = None
) -> Claim | None:
    """Take a pending row; None when it is gone, taken, or finished, or `unless` holds."""
    token, now = uuid4(), timezone.now()
    waiting = model.objects.filter(model.ready(), pk=pk, state=PENDING)
    if unless is not None:
        waiting = waiting.exclude(unless)
    taken = waiting.update(
        state=RUNNING,
        claim_token=token,
        claimed_by=worker,
        lease_expires_at=now + timedelta(seconds=settings.FACEVERIFY_LEASE_SECONDS),
        started_at=now,
        attempts=F("attempts") + 1,
    )
    if not taken:
        return None
    row = next(iter(model.objects.filter(pk=pk, claim_token=token).order_by()), None)
    return Claim(row, token) if row else None


def end_refused(claim: Claim, refusal) -> bool:
    """Store why, from an `engine.ImageRefused` or anything that says as much."""
    return claim.end(
        REFUSED,
        refusal_code=refusal.code,
        refusal_detail=refusal.detail,
        refusal_remedy=refusal.remedy,
        refusal_which=refusal.which or "",
        refusal_faces=list(refusal.faces),
    )


def end_failed(claim: Claim, code: str) -> bool:
    return claim.end(FAILED, failure_code=code)


def give_back(claim: Claim, code: str, *, countdown: float) -> None:
    """After a passing error: pending again, or failed with `code` when the tries are used up."""
    _release(claim.held, code, countdown=countdown)


def postpone(claim: Claim, *, countdown: float) -> None:
    """Pending again, because another row has to be done first: no try is used up."""
    now = timezone.now()
    if claim.held.update(state=PENDING, attempts=F("attempts") - 1, enqueued_at=now, **UNCLAIMED):
        send(claim.row.TASK, claim.row.pk, countdown)


def renew(claim: Claim, **values) -> bool:
    """A long run goes on: a fresh lease, and all tries again, for it has made progress. False when
    the claim was lost; `values` are columns."""
    until = timezone.now() + timedelta(seconds=settings.FACEVERIFY_LEASE_SECONDS)
    return bool(claim.held.update(lease_expires_at=until, attempts=1, **values))


def release_of_workers(model: type[Job], ids: list[UUID]) -> int:
    """Give back what workers that are no more had claimed."""
    return _release(model.objects.filter(claimed_by__in=ids), "worker_lost")


def release_one(model: type[Job], *, pk, worker: UUID, code: str) -> int:
    """Give back a row whose process died while its worker lives on."""
    return _release(model.objects.filter(pk=pk, claimed_by=worker), code)


def release_expired(model: type[Job]) -> int:
    """Give back the rows whose lease has run out."""
    return _release(model.objects.filter(lease_expires_at__lt=timezone.now()), "worker_lost")


def resend_pending(model: type[Job], *, everything: bool = False) -> int:
    """Queue again the pending rows that no worker took for a while, oldest first.

    The queue may have lost them, or never had them. A row still queued is then queued twice,
    which costs a claim that fails; so only a few are sent at a time.
    """
    waiting = model.objects.filter(model.ready(), state=PENDING).order_by("enqueued_at")
    if not everything:
        before = timezone.now() - timedelta(seconds=settings.FACEVERIFY_REQUEUE_SECONDS)
        waiting = waiting.filter(enqueued_at__lt=before)
    limit = RESEND_AT_START if everything else RESEND_AT_ONCE
    sent = 0
    for pk, since in waiting.values_list("pk", "enqueued_at")[:limit]:
        ours = model.objects.filter(pk=pk, state=PENDING, enqueued_at=since).update(
            enqueued_at=timezone.now()
        )
        if ours:
            sent += 1
            if not send(model.TASK, pk):
                break
    return sent


def forget_files(row: Job) -> None:
    """Delete what a run that came too late has written; the whole folder if the row is gone."""
    if not type(row)._base_manager.filter(pk=row.pk).exists():
        row.delete_files()
        return
    for name in row.RUN_FILES:
        if field := getattr(row, name):
            field.delete(save=False)


def forget_strays(row: Job) -> None:
    """Delete what earlier runs have written, one that was killed or one by another model: of each
    of RUN_FILES only that stays which the row names."""
    kept = {getattr(row, name).name for name in row.RUN_FILES}
    storage = private_files()
    try:
        _folders, files = storage.listdir(row.folder)
    except FileNotFoundError:  # deleted meanwhile
        return
    for file in files:
        ours = any(file == name or file.startswith(f"{name}_") for name in row.RUN_FILES)
        if ours and f"{row.folder}/{file}" not in kept:
            storage.delete(f"{row.folder}/{file}")


def _finish(row: QuerySet, pk, state: str, **values) -> bool:
    """End the one row of a queryset, and say so; False when there is none."""
    with transaction.atomic():
        ended = row.update(state=state, finished_at=timezone.now(), **UNCLAIMED, **values)
        if ended:
            job_finished.send(sender=row.model, pk=pk)
            transaction.on_commit(lambda: wakeup.ring(wakeup.FINISHED, pk.bytes))
    return bool(ended)


def _release(rows: QuerySet, code: str, *, countdown: float = 0) -> int:
    """Running rows back to pending, or to failed when they had all their tries."""
    model, released = rows.model, 0
    lost = rows.filter(state=RUNNING).values_list("pk", "claim_token", "attempts")
    for pk, token, attempts in list(lost):
        row = model.objects.filter(pk=pk, state=RUNNING, claim_token=token)
        now = timezone.now()
        if attempts >= settings.FACEVERIFY_TRIES:
            released += _finish(row, pk, FAILED, failure_code=code)
        elif row.update(state=PENDING, enqueued_at=now, **UNCLAIMED):
            released += 1
            send(model.TASK, pk, countdown)
    return released
