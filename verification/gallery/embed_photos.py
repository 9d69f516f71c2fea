"""What a worker does with a photo of a gallery: find its face, embed it and store it, with those of other
photos where many wait."""

from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import QuerySet

from .. import engine
from ..jobs.claims import Claim, end_several
from ..jobs.files import delete_run_files
from ..jobs.queue import has_room, send
from ..jobs.queues import BULK
from .embeddings import encrypt_embedding
from .gallery_models import Gallery
from .locks import (
    compare_photos_of,
    covers,
    lock,
    lock_gallery,
    lock_person_of,
    note_changed,
)
from .models import Anchor
from .worker import read

CALLED = 8  # messages sent again by one look at an import

Found = tuple[Claim[Anchor], engine.FaceEmbedding]


def waiting_beside() -> QuerySet[Anchor]:
    """The photos that may be carried out together with others."""
    # By `finished_at` the index is found: SQLite does not see that a state given by a parameter is in it.
    return Anchor.objects.filter(Anchor.beside(), finished_at=None)


def call_waiting(ids: QuerySet) -> None:
    """Send messages for these anchors that wait, one for Anchor.TOGETHER of them, a few at most and none
    where others are in the queue."""
    if has_room(BULK):
        for (pk,) in list(ids[: CALLED * Anchor.TOGETHER : Anchor.TOGETHER]):
            send(Anchor.TASK, pk)


def photo_read(claim: Claim[Anchor]) -> bytes:
    return read(claim.row.image)


def find_face(claim: Claim[Anchor], photo: bytes) -> engine.FaceEmbedding:
    """Find, check and embed the face of an anchor."""
    anchor = claim.row
    return engine.embed_face(photo, face_index=anchor.face_index, any_quality=anchor.any_quality)


def crop_write(claim: Claim[Anchor], found: engine.FaceEmbedding) -> None:
    """The crop is a file then that no row names yet."""
    claim.row.crop.save("crop", ContentFile(found.crop), save=False)


def store_faces(found: list[Found]) -> bool:
    """End the runs of anchors whose faces were found, those of several in one transaction; False when
    none was written: the claims were lost."""
    written = _store_together(found) if len(found) > 1 else []
    others = [each for each in found if each not in written]
    alone = [_store_one(*each) for each in others]
    return bool(written) or any(alone)


def _store_together(found: list[Found]) -> list[Found]:
    """Those that were stored. Left out are lost ones, and photos that somebody gave to another person
    before their own was locked."""
    with transaction.atomic():
        before = _places(found)
        lock(*{person for person, _gallery in before.values() if person})
        for gallery in sorted({gallery for person, gallery in before.values() if not person}):
            lock_gallery(gallery)
        places = _places(found)
        stayed = [
            each
            for each in found
            if (pk := each[0].row.pk) in places and places[pk] == before.get(pk)
        ]
        columns = [(claim, _columns(claim, face)) for claim, face in stayed]
        ended = end_several(columns, Anchor.State.READY) if columns else set()
        written = [each for each in stayed if each[0].row.pk in ended]
        changed_of = [places[claim.row.pk] for claim, _face in written]
        note_changed(*{person for person, _gallery in changed_of if person}, **covers())
        Gallery.raise_of(gallery for person, gallery in changed_of if not person)
    return written


def _places(found: list[Found]) -> dict[UUID, tuple[UUID | None, UUID]]:
    """The person and the gallery of each anchor, as they are now."""
    rows = Anchor.objects.filter(pk__in=[claim.row.pk for claim, _face in found]).order_by()
    return {
        pk: (person, gallery)
        for pk, person, gallery in rows.values_list("pk", "person_id", "gallery_id")
    }


def _store_one(claim: Claim[Anchor], face: engine.FaceEmbedding) -> bool:
    anchor = claim.row
    with transaction.atomic():
        person = lock_person_of(anchor)  # it may have been moved to another meanwhile
        written = claim.end(Anchor.State.READY, **_columns(claim, face))
        if written and person is None:
            Gallery.raise_of([anchor.gallery_id])
        elif written and person:
            note_changed(person, **covers())
            if not anchor.is_bulk:  # of many, the sweep has each person compared once
                compare_photos_of(person)
    if not written:
        delete_run_files(anchor)
    return written


def _columns(claim: Claim[Anchor], face: engine.FaceEmbedding) -> dict[str, Any]:
    """The columns of an anchor that is ready."""
    return {
        "crop": claim.row.crop.name,
        "crop_bytes": claim.row.crop_bytes,
        "face": face.face,
        "quality": face.face["quality"]["overall"],
        "embedding": encrypt_embedding(face.embedding),
        "sequence": None,  # a search is to notice it
        "model_sha256": face.model.sha256,
    }
