"""Writes that an owner asks for."""

import io

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from .. import engine
from ..archives import Archive, ArchiveRefused
from ..jobs.services import run_again
from ..queue import enqueue
from ..uploads import MAX_ARCHIVE_BYTES
from .lists import read_pairs
from .models import Batch, BatchPair

UNDER_WAY = 5  # batches of one owner that may wait at a time
ROWS_AT_ONCE = 500


def batch_create(
    *, owner, pairs: bytes, archive: bytes, title: str = "", false_match_rate: float = 1e-3
) -> Batch:
    """Store a list of pairs and the ZIP of its photos, and queue their comparison.

    Raises ValidationError, a dict by field.
    """
    if false_match_rate not in engine.FALSE_MATCH_RATES:
        allowed = ", ".join(f"{rate:g}" for rate in engine.FALSE_MATCH_RATES)
        raise ValidationError({"false_match_rate": f"Choose one of {allowed}."})
    rows = read_pairs(pairs)
    _check_archive(archive)
    waiting = Batch.objects.filter(owner=owner, state__in=("pending", "running")).count()
    if waiting >= UNDER_WAY:
        raise ValidationError(
            {"pairs": f"{waiting} of your batches are still under way: wait for one of them."}
        )
    batch = Batch(
        owner=owner,
        title=" ".join(title.split())[:200],
        false_match_rate=false_match_rate,
        total=len(rows),
        done=sum(row.state != BatchPair.State.PENDING for row in rows),
    )
    try:
        batch.archive.save("archive", ContentFile(archive), save=False)
        with transaction.atomic():
            batch.save(force_insert=True)
            for row in rows:
                row.batch = batch
            BatchPair.objects.bulk_create(rows, ROWS_AT_ONCE)
            enqueue(batch)
    except BaseException:
        batch.delete_files()
        raise
    return batch


def batch_retry(*, batch: Batch) -> Batch:
    """Go on with a failed batch where it stopped. Raises ActionNotAllowed."""
    return run_again(batch, Batch.State.FAILED)


def batch_delete(*, batch: Batch) -> None:
    """Delete a batch with its results, and its photos where they are still there."""
    batch.delete()


def _check_archive(data: bytes) -> None:
    if len(data) > MAX_ARCHIVE_BYTES:
        raise ValidationError(
            {
                "archive": f"The ZIP is larger than {MAX_ARCHIVE_BYTES // 1024**2} MB. Split the "
                "batch into several."
            }
        )
    try:
        Archive(io.BytesIO(data))
    except ArchiveRefused as refusal:
        raise ValidationError({"archive": f"{refusal.detail} {refusal.remedy}"}) from None
