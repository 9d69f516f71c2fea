"""Writes that an owner asks for."""

import io
from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from .. import engine
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import run_again
from ..jobs.storage import check_room
from ..photos.archives import ARCHIVE
from ..photos.storage import private_files
from ..photos.uploads import MAX_ARCHIVE_BYTES
from ..photos.zip_reader import Archive, ArchiveRefused, FileRefused
from ..text.sentences import said
from .lists import read_pairs
from .models import Batch, BatchPair, BatchPhoto

UNDER_WAY = 5  # batches of one owner that may wait at a time
ROWS_AT_ONCE = 500
LISTS = ("pairs.csv", "pairs.json")  # at the top of a ZIP


def batch_create(
    *,
    owner: User,
    archive: bytes,
    pairs: bytes | None = None,
    title: str = "",
    false_match_rate: float = 1e-3,
    keep_faces: bool = False,
) -> Batch:
    """Store a list of pairs and the ZIP of its photos, and queue their comparison. Without `pairs`
    the ZIP holds the list, as one of LISTS. `keep_faces`: a small picture of each face stays with the
    results.

    Raises QuotaExceeded, and ValidationError, a dict by field.
    """
    try:
        false_match_rate = engine.offered_rate(false_match_rate)
    except engine.RateUnknown as error:
        raise ValidationError({"false_match_rate": str(error)}) from None
    opened = _opened(archive)
    rows = read_pairs(_listed(opened) if pairs is None else pairs)
    # Before anything is stored, and again when no other request can pass.
    _check_under_way(owner)
    check_room(owner_id=owner.pk, adding=len(archive))
    batch = Batch(
        owner=owner,
        title=" ".join(title.split())[:200],
        false_match_rate=false_match_rate,
        keep_faces=keep_faces,
        total=len(rows),
        done=sum(row.state != BatchPair.State.PENDING for row in rows),
    )
    try:
        batch.archive.save(ARCHIVE, ContentFile(archive), save=False)
        batch.archive_bytes = len(archive)
        with owner_locked(owner.pk):
            _check_under_way(owner)
            check_room(owner_id=owner.pk, adding=batch.archive_bytes)
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
    """Continue a failed batch where it stopped. Raises ActionNotAllowed."""
    return run_again(batch, Batch.State.FAILED)


def batch_delete(*, batch: Batch) -> None:
    """Delete a batch with its results, and with its photos if they are still stored."""
    with transaction.atomic():
        record(action=Action.DELETED, object=batch)
        batch.delete()


def batch_faces_erase(ids: Sequence[UUID]) -> dict[str, int]:
    """Erase the pictures of faces that were kept, in a transaction; their number. The verdicts stay."""
    rows = BatchPhoto.objects.filter(pk__in=ids).exclude(face="")
    names = list(rows.select_for_update().values_list("face", flat=True))
    rows.delete()

    def delete() -> None:
        for name in names:
            private_files().delete(name)

    transaction.on_commit(delete)
    return {"crops": len(names)}


def _check_under_way(owner: User) -> None:
    waiting = Batch.objects.filter(owner=owner, state__in=(PENDING, RUNNING)).count()
    if waiting >= UNDER_WAY:
        raise ValidationError(
            {
                "pairs": gettext(
                    "%(waiting)s of your batches are still under way. Wait until one is finished."
                )
                % {"waiting": waiting}
            }
        )


def _opened(data: bytes) -> Archive:
    if len(data) > MAX_ARCHIVE_BYTES:
        raise ValidationError(
            {
                "archive": gettext(
                    "The ZIP is larger than %(most)s MB. Split the batch into several."
                )
                % {"most": MAX_ARCHIVE_BYTES // 1024**2}
            }
        )
    try:
        return Archive(io.BytesIO(data), documents=LISTS)
    except ArchiveRefused as refusal:
        raise ValidationError(
            {"archive": f"{said(refusal.detail)} {said(refusal.remedy)}"}
        ) from None


def _listed(archive: Archive) -> bytes:
    """The list of pairs that lies in the ZIP."""
    try:
        for name in LISTS:
            if (document := archive.document(name)) is not None:
                return document
    except FileRefused as error:
        raise ValidationError({"pairs": said(error.refusal.detail)}) from None
    except ArchiveRefused as refusal:
        raise ValidationError(
            {"archive": f"{said(refusal.detail)} {said(refusal.remedy)}"}
        ) from None
    raise ValidationError(
        {
            "pairs": gettext(
                "Send the list of pairs, or put it into the ZIP as %(first)s or %(second)s."
            )
            % {"first": LISTS[0], "second": LISTS[1]}
        }
    )
