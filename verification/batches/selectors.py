"""Reads, always scoped to an owner."""

from collections.abc import Iterator
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from accounts.models import User

from ..jobs.tables import csv_lines
from ..photos.storage import read_or_404
from .models import Batch, BatchPair, BatchPhoto

COUNTED = {
    "match": Q(pairs__outcome="match"),
    "no_match": Q(pairs__outcome="no_match"),
    "inconclusive": Q(pairs__outcome="inconclusive"),
    "refused": Q(pairs__state="refused"),
}
COLUMNS = (
    "number", "probe", "reference", "title", "state", "outcome", "similarity", "confidence",
    "threshold", "code", "which", "detail", "remedy", "probability", "leaning",
)  # fmt: skip


def batch_list(*, owner: User) -> QuerySet[Batch]:
    """The owner's batches, newest first, each with `n_match`, `n_no_match`, `n_inconclusive`,
    `n_refused`."""
    counts = {f"n_{name}": Count("pairs", filter=which) for name, which in COUNTED.items()}
    return Batch.objects.filter(owner=owner).annotate(**counts).order_by("-created_at", "-id")


def batch_get(*, owner: User, id: UUID | str) -> Batch:
    """One of the owner's batches; Http404 for anything else."""
    try:
        return batch_list(owner=owner).get(pk=id)
    except (Batch.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such batch.") from None


def pair_list(*, batch: Batch, only: str = "") -> QuerySet[BatchPair]:
    """The pairs in the order of the list; `only` those of an outcome, or those `refused`."""
    pairs = BatchPair.objects.filter(batch=batch).select_related("batch").order_by("number")
    if only == "refused":
        return pairs.filter(state="refused")
    return pairs.filter(outcome=only) if only in COUNTED else pairs


def face_open(*, owner: User, id: UUID, photo: UUID) -> bytes:
    """The picture of a face that a batch has kept, a JPEG. Http404 for anything else."""
    kept = BatchPhoto.objects.filter(batch__owner=owner, batch=id, pk=photo).first()
    return read_or_404(kept.face if kept else None)


def results_csv(*, batch: Batch) -> Iterator[str]:
    """The results as CSV, a piece at a time."""
    pairs = pair_list(batch=batch).iterator(chunk_size=1000)
    return csv_lines(COLUMNS, (values_of(pair).values() for pair in pairs))


def values_of(pair: BatchPair) -> dict:
    """The columns of a result."""
    return {name: getattr(pair, name) for name in COLUMNS}
