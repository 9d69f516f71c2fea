"""Adding several photos of one person, or of nobody named, that come together."""

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from accounts.owner_lock import owner_locked
from faceverify.api.errors import QuotaExceeded

from .. import engine
from ..jobs.services import ActionNotAllowed
from .adding import Place, place_of, with_face
from .adding_many import AnchorsToAdd, KnownPhotos, anchor_prepare, files_delete
from .gallery_models import Gallery
from .locks import GONE, lock
from .models import Anchor, Person

FEW = 20  # photos that somebody may be waiting for

Refused = engine.ImageRefused | ActionNotAllowed | QuotaExceeded


@dataclass(frozen=True)
class NewPhoto:
    """A photo to be added; `read` gives its bytes, which `engine.sanitize` has cleaned if it `is_clean`."""

    read: Callable[[], bytes]
    file_name: str
    face_index: int | None = None
    is_clean: bool = False


def photos_add(
    *, person: Person | None = None, gallery: Gallery | None = None, photos: Sequence[NewPhoto]
) -> list[Anchor | Refused]:
    """`anchor_add` of each of these photos, all in one transaction: its anchor, or why it is refused. One
    of them is in memory at a time. Raises ValidationError."""
    place = place_of(person, gallery)
    answers: dict[int, Anchor | Refused] = {}
    new: dict[int, Anchor] = {}
    try:
        for at, photo in enumerate(photos):
            try:
                clean, origin = _cleaned(photo)
            except engine.ImageRefused as error:
                answers[at] = error
                continue
            if earlier := _earlier(place, clean, photo):
                answers[at] = earlier
                continue
            new[at] = anchor_prepare(
                gallery=place.gallery,
                photo=clean,
                origin_sha256=origin,
                file_name=photo.file_name,
                face_index=photo.face_index,
                is_bulk=len(photos) > FEW,
                external_id="",
                metadata={},
            )
        if new:
            answers |= _stored(place, new)
    finally:
        files_delete(new.values())  # of those that have no row
    return [answers[at] for at in range(len(photos))]


def _cleaned(photo: NewPhoto) -> tuple[bytes, str]:
    """Without its metadata, and the hash of the file it was made from."""
    data = photo.read()
    if photo.is_clean:
        return data, ""
    return engine.sanitize(data), hashlib.sha256(data).hexdigest()


def _earlier(place: Place, clean: bytes, photo: NewPhoto) -> Anchor | None:
    """The anchor that is this photo already."""
    digest = hashlib.sha256(clean).hexdigest()
    same = place.anchors().filter(content_sha256=digest, external_id="").defer("embedding")
    return with_face(same, photo.face_index if place.person is None else None)


def _stored(place: Place, new: dict[int, Anchor]) -> dict[int, Anchor | Refused]:
    answers: dict[int, Anchor | Refused] = {}
    try:
        with owner_locked(place.gallery.owner_id):
            person = _locked(place)
            known = KnownPhotos(place.gallery.pk, {row.content_sha256 for row in new.values()})
            adding = AnchorsToAdd(place.gallery, known)
            for at, anchor in new.items():
                try:
                    earlier = adding.add(anchor, person)
                except QuotaExceeded as error:
                    answers[at] = error
                else:
                    # It may be another one of these, which is not new a second time.
                    answers[at] = copy.copy(earlier) if earlier else anchor
            adding.store(before=0)
    except ActionNotAllowed as error:
        return dict.fromkeys(new, error)
    return answers


def _locked(place: Place) -> Person | None:
    """The person as they are now; without one the gallery is locked. Raises ActionNotAllowed."""
    if place.person is None:
        place.lock()
        return None
    if not (people := lock(place.person.pk)):
        raise ActionNotAllowed(GONE)
    return people[place.person.pk]
