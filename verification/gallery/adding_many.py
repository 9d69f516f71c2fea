"""Adding many photos at a time: each file is written once and before anything is locked; what holds for
all of them is asked once, and their rows are stored by one statement."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile

from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, last_part
from ..jobs.storage import Room
from .adding import check_face_index, with_face
from .fields import checked_outside_words
from .gallery_models import Gallery
from .locks import GALLERY_GONE, lock_gallery
from .models import Anchor, Person
from .rows import slices


class KnownPhotos:
    """The photos of a gallery whose picture, or the file it was made from, has one of these hashes, and
    those that are added meanwhile."""

    def __init__(self, gallery_id: UUID, hashes: Iterable[str]):
        self._by_hash: dict[str, list[Anchor]] = {}
        rows = Anchor.objects.filter(gallery=gallery_id).defer("embedding")
        found: dict[UUID, Anchor] = {}
        for part in slices(sorted(hashes)):
            for column in ("content_sha256", "origin_sha256"):
                found |= {row.pk: row for row in rows.filter(**{f"{column}__in": part}).order_by()}
        for row in sorted(found.values(), key=lambda row: (row.created_at, row.pk)):
            self.add(row)

    def __bool__(self) -> bool:
        return bool(self._by_hash)

    def add(self, anchor: Anchor) -> None:
        for digest in {anchor.content_sha256, anchor.origin_sha256} - {""}:
            self._by_hash.setdefault(digest, []).append(anchor)

    def of(self, hashes: Iterable[str], people: Iterable[UUID | None]) -> Iterator[Anchor]:
        """Those with one of these hashes that belong to these people; None: to nobody named."""
        whose = set(people)
        for digest in hashes:
            yield from (row for row in self._by_hash.get(digest, ()) if row.person_id in whose)

    def same_as(self, anchor: Anchor) -> Anchor | None:
        """The one that makes an anchor to be added superfluous, as `anchor_add` finds it."""
        digest, external_id = anchor.content_sha256, anchor.external_id
        same = (
            row
            for row in self.of([digest], [anchor.person_id])
            if row.content_sha256 == digest and row.external_id == external_id
        )
        # A person is one face of a photo, whichever was chosen first.
        return with_face(same, anchor.face_index if anchor.person_id is None else None)

    def photo_id(self, digest: str) -> UUID | None:
        """The id that the gallery has for this picture already."""
        rows = self._by_hash.get(digest, ())
        return next((row.photo_id for row in rows if row.content_sha256 == digest), None)


def directly(write: Callable[[], None]) -> None:
    write()


def anchor_prepare(
    *,
    gallery: Gallery,
    photo: bytes,
    origin_sha256: str,
    file_name: str,
    face_index: int | None,
    is_bulk: bool,
    external_id: str,
    metadata: dict[str, Any],
    write: Callable[[Callable[[], None]], object] = directly,
) -> Anchor:
    """An anchor of a photo that `engine.sanitize` has cleaned, with its file but without a row: that
    comes by `AnchorsToAdd`, or the file is to be deleted. Raises ValidationError.

    `write` is called with what writes the file, to do it later or elsewhere."""
    check_face_index(face_index)
    anchor = Anchor(
        owner_id=gallery.owner_id,
        gallery=gallery,
        file_name=last_part(file_name),
        content_sha256=hashlib.sha256(photo).hexdigest(),
        origin_sha256=origin_sha256,
        face_index=face_index,
        is_bulk=is_bulk,
        **checked_outside_words({"external_id": external_id, "metadata": metadata}),
    )
    write(lambda: anchor.image.save("image", ContentFile(photo), save=False))
    return anchor


class AnchorsToAdd:
    """Prepared anchors that are stored together: in one transaction of `owner_locked`, in which the people
    they go to are locked."""

    def __init__(self, gallery: Gallery, known: KnownPhotos):
        self._gallery, self._known = gallery, known
        self._room = Room(gallery.owner_id)
        self._anchors: list[Anchor] = []

    def add(self, anchor: Anchor, person: Person | None) -> Anchor | None:
        """One more, of a person or of nobody named; or the one by which it is superfluous. Raises
        QuotaExceeded."""
        anchor.person = person
        if earlier := self._known.same_as(anchor):
            return earlier
        self._room.take(anchor.image_bytes)
        anchor.photo_id = self._known.photo_id(anchor.content_sha256) or anchor.photo_id
        self._known.add(anchor)
        self._anchors.append(anchor)
        return None

    def store(self, before: int) -> None:
        """Store their rows, and send a message for every Anchor.TOGETHER, of which so many were stored
        `before`; comparisons come before all but the first. The people are stored. Raises
        ActionNotAllowed when the gallery is gone."""
        nameless = any(anchor.person is None for anchor in self._anchors)
        gallery = lock_gallery(self._gallery.pk) if nameless else self._gallery
        if gallery is None:
            raise ActionNotAllowed(GALLERY_GONE)
        for anchor in self._anchors:  # it may have been handed over meanwhile
            anchor.owner_id = (anchor.person or gallery).owner_id
            anchor.is_new = True
        Anchor.objects.bulk_create(self._anchors)
        for number, anchor in enumerate(self._anchors, before):
            if number % Anchor.TOGETHER == 0 or not anchor.has_company():
                enqueue(anchor, later=number > 0)


def files_delete(anchors: Iterable[Anchor]) -> None:
    """Delete the files of prepared anchors that have no row."""
    left = {anchor.pk: anchor for anchor in anchors}
    for part in slices(list(left)):
        stored = Anchor._base_manager.filter(pk__in=part).order_by()
        for pk in {*part} - {*stored.values_list("pk", flat=True)}:
            left[pk].delete_files()
