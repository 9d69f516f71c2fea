"""What was lost is found again: rows of dead workers, and rows that the queue dropped.

The database is the truth and the queue only a hint, so all of this may run at any time, by any
number of workers at once.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from .claims import release_rows
from .models import PENDING, Job, Worker, is_due, job_models
from .queue import send
from .selectors import workers_alive

RESEND_AT_ONCE = 100
RESEND_AT_START = 10_000
WORKER_KEPT = timedelta(days=1)


def worker_start(*, id: UUID, name: str) -> None:
    """Make this worker known. An earlier one of the same name is dead: what it had claimed is
    released at once, without waiting for the leases."""
    former = list(Worker.objects.filter(name=name).exclude(pk=id).values_list("pk", flat=True))
    _release_of(former)
    Worker.objects.filter(pk__in=former).delete()
    worker_seen(id=id, name=name)


def worker_seen(*, id: UUID, name: str) -> None:
    """Note that this worker is alive."""
    now = timezone.now()
    Worker.objects.update_or_create(pk=id, defaults={"name": name, "seen_at": now})
    Worker.objects.filter(seen_at__lt=now - WORKER_KEPT).delete()


def worker_stop(*, id: UUID) -> None:
    """A worker that ends releases what it could not finish."""
    _release_of([id])
    Worker.objects.filter(pk=id).delete()


def is_first_worker(id: UUID) -> bool:
    """Whether this is the worker that does what has to be done once for all of them: the one that
    has been alive the longest."""
    first = workers_alive().order_by("started_at", "pk").values_list("pk", flat=True).first()
    return first == id


def release_one(*, task: str, pk: UUID | str, worker: UUID, code: str) -> int:
    """Release the row of a task whose process died while its worker lives on."""
    models = [model for model in job_models() if task == model.TASK]
    return sum(
        release_rows(model._default_manager.filter(pk=pk, claimed_by=worker), code)
        for model in models
    )


def release_expired() -> int:
    """Release the rows whose lease has run out; their number."""
    now = timezone.now()
    return sum(
        release_rows(model._default_manager.filter(lease_expires_at__lt=now), "worker_lost")
        for model in job_models()
    )


def resend_pending(*, everything: bool = False) -> int:
    """Queue again the pending rows that no worker took for a while, or that have become due; with
    `everything` all that are due. Their number.

    A row that is still in the queue is then queued twice, which costs one claim that fails; so
    only a few rows of each model are sent at a time.
    """
    return sum(_resend(model, everything) for model in job_models())


def _resend(model: type[Job], everything: bool) -> int:
    """Oldest first."""
    waiting = model._default_manager.filter(is_due(), state=PENDING).order_by("enqueued_at")
    if not everything:
        before = timezone.now() - timedelta(seconds=settings.FACEVERIFY_REQUEUE_SECONDS)
        waiting = waiting.filter(Q(enqueued_at__lt=before) | Q(enqueued_at__lt=F("due_at")))
    limit = RESEND_AT_START if everything else RESEND_AT_ONCE
    sent = 0
    for pk, since in waiting.values_list("pk", "enqueued_at")[:limit]:
        unchanged = model._default_manager.filter(pk=pk, state=PENDING, enqueued_at=since)
        if unchanged.update(enqueued_at=timezone.now()):
            sent += 1
            if not send(model.TASK, pk):
                break
    return sent


def _release_of(workers: list[UUID]) -> None:
    """Release what these workers, which are no more, had claimed."""
    for model in job_models():
        release_rows(model._default_manager.filter(claimed_by__in=workers), "worker_lost")
