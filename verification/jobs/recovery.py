"""What was lost is found again: rows of dead workers, and rows that the queue dropped.

The database is the truth and the queue only a hint, so all of this may run at any time, by any
number of workers at once.
"""

from collections.abc import Sequence
from math import ceil
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from .claims import release_rows
from .clock import later
from .models import RUNNING, Job, Worker, job_models
from .queue import depth, send
from .queues import LIVE, QUEUES
from .selectors import waiting_rows, workers_alive

RESENT = 1000  # by one sweep, so that the next is not late
WORKER_KEPT = 24 * 3600.0  # seconds


def worker_start(*, id: UUID, name: str, queues: Sequence[str] = QUEUES) -> None:
    """Make this worker known, with the queues it serves. An earlier one of the same name is dead: what it had claimed is
    released at once, without waiting for the leases."""
    former = list(Worker.objects.filter(name=name).exclude(pk=id).values_list("pk", flat=True))
    _release_of(former)
    Worker.objects.filter(pk__in=former).delete()
    worker_seen(id=id, name=name, queues=queues)


def worker_seen(*, id: UUID, name: str, queues: Sequence[str] = QUEUES) -> None:
    """Note that this worker is alive."""
    changed = {"name": name, "queues": list(queues), "seen_at": Now()}
    Worker.objects.update_or_create(
        pk=id, defaults=changed, create_defaults={**changed, "started_at": Now()}
    )
    Worker.objects.filter(seen_at__lt=later(-WORKER_KEPT)).delete()


def worker_stop(*, id: UUID) -> None:
    """A worker that ends releases what it could not finish."""
    _release_of([id])
    Worker.objects.filter(pk=id).delete()


def is_first_worker(id: UUID) -> bool:
    """Whether this is the worker that does what has to be done once for all of them: the one that
    has been alive the longest."""
    alive = workers_alive().order_by("started_at", "pk").values_list("pk", "queues")
    return next((pk for pk, queues in alive if queues != [LIVE]), None) == id


def release_one(*, task: str, pk: UUID | str, worker: UUID, code: str) -> int:
    """Release the row of a task whose process died while its worker lives on, and those that the process
    had taken with it."""
    released = 0
    for model in (each for each in job_models() if task == each.TASK):
        rows = model._default_manager.filter(claimed_by=worker)
        tokens = rows.filter(pk=pk).values("claim_token")
        released += release_rows(rows.filter(claim_token__in=tokens), code)
    return released


def claims_of(worker: UUID) -> set[UUID]:
    """The tokens of the claims that a worker holds by its rows."""
    tokens: set[UUID] = set()
    for model in job_models():
        rows = model._default_manager.filter(state=RUNNING, claimed_by=worker)
        tokens.update(token for token in rows.values_list("claim_token", flat=True) if token)
    return tokens


def release_claims(tokens: set[UUID]) -> int:
    """Release the rows of claims that nobody carries out; their number."""
    return sum(
        release_rows(model._default_manager.filter(claim_token__in=tokens), "worker_lost")
        for model in (job_models() if tokens else [])
    )


def release_expired() -> int:
    """Release the rows whose lease has run out; their number."""
    return sum(
        release_rows(model._default_manager.filter(lease_expires_at__lt=Now()), "worker_lost")
        for model in job_models()
    )


def resend_pending(*, everything: bool = False) -> int:
    """Queue again the rows that no worker took for a while, or that have become due; with
    `everything` all that wait. Their number.

    A queue is filled up to as many messages as the rows that wait need, the first row first, and never
    beyond: a row whose message was there all the time is queued twice, which costs one claim that
    fails, and as messages are taken those that were lost have their turn.
    """
    return sum(_resend(queue, everything) for queue in QUEUES)


def _resend(queue: str, everything: bool) -> int:
    waiting = [part for rows in waiting_rows(queue) if rows.exists() for part in _by_message(rows)]
    if not waiting or (queued := depth(queue)) is None:
        return 0
    missing = sum(ceil(rows.count() / together) for rows, together in waiting) - queued
    if missing <= 0:
        return 0
    limit = min(missing, RESENT)
    found = []
    for rows, together in waiting:
        late = rows if everything else rows.filter(_overdue())
        first = late.order_by("enqueued_at").values_list("enqueued_at", "pk")
        found += [
            (since, rows.model.TASK, pk) for since, pk in first[: limit * together : together]
        ]
    sent = 0
    for _since, task, pk in sorted(found)[:limit]:
        if not send(task, pk):
            break
        sent += 1
    return sent


def _by_message(rows: QuerySet[Job]) -> list[tuple[QuerySet[Job], int]]:
    """These rows of one model, and for how many of them one message stands."""
    if rows.model.TOGETHER == 1:
        return [(rows, 1)]
    together = rows.model.beside() & Q(attempts=0)
    return [(rows.exclude(together), 1), (rows.filter(together), rows.model.TOGETHER)]


def _overdue() -> Q:
    """The condition that a row has waited for longer than its message should have taken. A time in
    the future was written by a machine whose clock is wrong."""
    before = later(-settings.FACEVERIFY_REQUEUE_SECONDS)
    ahead = later(settings.FACEVERIFY_REQUEUE_SECONDS)
    return Q(enqueued_at__lt=before) | Q(enqueued_at__lt=F("due_at")) | Q(enqueued_at__gt=ahead)


def _release_of(workers: list[UUID]) -> None:
    """Release what these workers, which are no more, had claimed."""
    for model in job_models():
        release_rows(model._default_manager.filter(claimed_by__in=workers), "worker_lost")
