"""Adding photos: to a person, or to a gallery as photos of somebody who has no name yet."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.translation import gettext

from .. import engine
from ..jobs.queue import enqueue
from ..jobs.services import MAX_FACE_INDEX, ActionNotAllowed, last_part
from ..jobs.storage import check_room, room_for
from .fields import checked_outside_words
from .gallery_models import Gallery
from .locks import GALLERY_GONE, GONE, lock, lock_gallery
from .models import Anchor, Person


def anchor_add(
    *,
    person: Person | None = None,
    gallery: Gallery | None = None,
    data: bytes,
    file_name: str = "",
    face_index: int | None = None,
    external_id: str = "",
    metadata: dict | None = None,
) -> Anchor:
    """Store a photo without its metadata and queue it for a worker: of a person, or of somebody in
    a gallery who has no name yet. `metadata` is what the owner's programs know of it.

    A photo that the person, or the gallery without a person, already has is not stored again: that
    anchor is returned, and only a new one has `is_new`. Another `external_id` makes another anchor, and
    without a person another face of it does. Raises ImageRefused, ValidationError, QuotaExceeded, ActionNotAllowed when
    the person is gone.
    """
    (anchor,) = anchors_add(
        person=person,
        gallery=gallery,
        data=data,
        file_name=file_name,
        faces=[face_index],
        external_id=external_id,
        metadata=metadata,
    )
    return anchor


def anchors_add(
    *,
    person: Person | None = None,
    gallery: Gallery | None = None,
    data: bytes,
    faces: Sequence[int | None],
    file_name: str = "",
    external_id: str = "",
    metadata: dict | None = None,
    any_quality: bool = False,
) -> list[Anchor]:
    """`anchor_add` of several faces of a photo, by index, each as an anchor of its own; all have the
    same `photo_id`. `any_quality`: also faces that are too poor to compare. Those stored before are there when a later one is refused."""
    for face_index in faces:
        check_face_index(face_index)
    outside = checked_outside_words({"external_id": external_id, "metadata": metadata or {}})
    photo, origin = engine.sanitize(data), hashlib.sha256(data).hexdigest()
    place = place_of(person, gallery)
    photo_id = _photo_id(place, photo)
    return [
        _anchor_store(
            place,
            photo,
            file_name,
            face_index,
            origin,
            later=number > 0,
            photo_id=photo_id,
            outside=outside,
            any_quality=any_quality,
        )
        for number, face_index in enumerate(faces)
    ]


def anchor_add_clean(
    *,
    person: Person | None = None,
    gallery: Gallery | None = None,
    photo: bytes,
    origin_sha256: str,
    file_name: str,
    face_index: int | None,
    is_bulk: bool = False,
    later: bool = False,
    external_id: str = "",
    metadata: dict | None = None,
) -> Anchor:
    """`anchor_add` of a photo that `engine.sanitize` has cleaned already; `is_bulk`: one of many; `later`:
    of several, and not the first."""
    check_face_index(face_index)
    outside = checked_outside_words({"external_id": external_id, "metadata": metadata or {}})
    place = place_of(person, gallery)
    return _anchor_store(
        place,
        photo,
        file_name,
        face_index,
        origin_sha256,
        is_bulk=is_bulk,
        later=later,
        photo_id=_photo_id(place, photo),
        outside=outside,
    )


def anchor_add_from_verification(
    *, person: Person, verification, which: str = "probe", face_index: int | None = None
) -> Anchor:
    """Make a photo of a past verification, `probe` or `reference`, an anchor of a person, with
    the face that was compared unless `face_index` names another. Raises ActionNotAllowed when there
    is no such photo. The caller may see the verification and change the person."""
    field = getattr(verification, f"{which}_image") if which in ("probe", "reference") else None
    if not field:
        raise ActionNotAllowed(gettext("This verification has no such photo."))
    with field.open("rb") as file:
        stored = file.read()  # cleaned once already
    chosen = face_index
    if chosen is None:
        chosen = (verification.faces.get(which) or {}).get("index")
    if chosen is None:
        chosen = getattr(verification, f"{which}_face")
    name = getattr(verification, f"{which}_name")
    place = place_of(person, None)
    return _anchor_store(place, stored, name, chosen, photo_id=_photo_id(place, stored))


class Place(NamedTuple):
    """Where an anchor goes: to a person, or with None to a gallery alone."""

    person: Person | None
    gallery: Gallery

    def anchors(self) -> QuerySet[Anchor]:
        if self.person is not None:
            return Anchor.objects.filter(person=self.person)
        return Anchor.objects.filter(gallery=self.gallery, person=None)

    def lock(self) -> UUID:
        """The account that it belongs to by now. Raises ActionNotAllowed when it is gone."""
        if self.person is not None:
            if not (people := lock(self.person.pk)):
                raise ActionNotAllowed(GONE)
            return people[self.person.pk].owner_id
        if not (gallery := lock_gallery(self.gallery.pk)):
            raise ActionNotAllowed(GALLERY_GONE)
        return gallery.owner_id


def place_of(person: Person | None, gallery: Gallery | None) -> Place:
    if person is not None:
        return Place(person, person.gallery)
    if gallery is None:
        raise TypeError("An anchor belongs to a person or to a gallery.")
    return Place(None, gallery)


def _photo_id(place: Place, photo: bytes) -> UUID:
    """The id that the gallery has for this photo already, or a new one."""
    digest = hashlib.sha256(photo).hexdigest()
    same = Anchor.objects.filter(gallery=place.gallery, content_sha256=digest)
    return same.order_by().values_list("photo_id", flat=True).first() or uuid4()


def _anchor_store(
    place: Place,
    photo: bytes,
    file_name: str,
    face_index: int | None,
    origin: str = "",
    *,
    is_bulk: bool = False,
    later: bool = False,
    photo_id: UUID,
    outside: dict | None = None,
    any_quality: bool = False,
) -> Anchor:
    outside = outside or {}
    digest = hashlib.sha256(photo).hexdigest()
    external_id = outside.get("external_id", "")
    same = place.anchors().filter(content_sha256=digest, external_id=external_id)
    # A person is one face of a photo, whichever was chosen first.
    meant = face_index if place.person is None else None
    if earlier := with_face(same.defer("embedding"), meant):
        return earlier
    owner_id = place.gallery.owner_id
    check_room(owner_id=owner_id, adding=len(photo))
    anchor = Anchor(
        owner_id=owner_id,
        person=place.person,
        gallery=place.gallery,
        file_name=last_part(file_name),
        content_sha256=digest,
        origin_sha256=origin,
        face_index=face_index,
        is_bulk=is_bulk,
        photo_id=photo_id,
        any_quality=any_quality,
        **outside,
    )
    try:
        anchor.image.save("image", ContentFile(photo), save=False)
        with room_for(owner_id=owner_id, adding=anchor.image_bytes):
            anchor.owner_id = place.lock()  # it may have been handed over meanwhile
            anchor.save(force_insert=True)
            enqueue(anchor, later=later)
    except IntegrityError:
        # The same photo came twice at the same moment.
        anchor.delete_files()
        if earlier := with_face(same.defer("embedding"), meant):
            return earlier
        raise
    except BaseException:
        anchor.delete_files()
        raise
    anchor.is_new = True
    return anchor


def with_face(anchors: Iterable[Anchor], face_index: int | None) -> Anchor | None:
    """One of a photo's anchors with the face that is meant. Without an index any is."""
    for anchor in anchors:
        chosen = anchor.face_index
        if chosen is None and anchor.face:
            chosen = anchor.face.get("index")
        if face_index is None or chosen is None or chosen == face_index:
            return anchor
    return None


def check_face_index(index: int | None) -> None:
    if index is not None and not 0 <= index <= MAX_FACE_INDEX:
        raise ValidationError(
            {
                "face_index": gettext("A face index is a whole number from 0 to %(most)s.")
                % {"most": MAX_FACE_INDEX}
            }
        )
