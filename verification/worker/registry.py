"""The workers that are known, and what they pick up of every kind of job."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from ..jobs import claims
from ..models import (
    Anchor,
    Batch,
    Delivery,
    GalleryCalibration,
    GalleryExport,
    GalleryImport,
    Verification,
    Worker,
)

JOBS = (Verification, Anchor, GalleryCalibration, Delivery, Batch, GalleryImport, GalleryExport)
WORKER_KEPT = timedelta(days=1)


def release_of_workers(ids: list[UUID]) -> int:
    return sum(claims.release_of_workers(model, ids) for model in JOBS)


def release_one(*, task: str, pk, worker: UUID, code: str) -> int:
    """Give back the row of a task whose process died while its worker lives on."""
    models = [model for model in JOBS if task == model.TASK]
    return sum(claims.release_one(model, pk=pk, worker=worker, code=code) for model in models)


def release_expired() -> int:
    return sum(claims.release_expired(model) for model in JOBS)


def resend_pending(*, everything: bool = False) -> int:
    return sum(claims.resend_pending(model, everything=everything) for model in JOBS)


def worker_start(*, id: UUID, name: str) -> None:
    """Make this worker known. An earlier one of the same name is dead: what it had claimed
    goes back at once, without waiting for the leases."""
    former = list(Worker.objects.filter(name=name).exclude(pk=id).values_list("pk", flat=True))
    release_of_workers(former)
    Worker.objects.filter(pk__in=former).delete()
    worker_seen(id=id, name=name)


def worker_seen(*, id: UUID, name: str) -> None:
    now = timezone.now()
    Worker.objects.update_or_create(pk=id, defaults={"name": name, "seen_at": now})
    Worker.objects.filter(seen_at__lt=now - WORKER_KEPT).delete()


def worker_stop(*, id: UUID) -> None:
    """A worker that ends gives back what it could not finish."""
    release_of_workers([id])
    Worker.objects.filter(pk=id).delete()
