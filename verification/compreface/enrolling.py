"""Add a photo of a subject, and answer once the next search would find it."""

import hashlib
from collections.abc import Callable
from functools import partial

from .. import engine
from ..gallery import services
from ..gallery.models import Anchor, Person
from ..jobs.services import ActionNotAllowed
from ..jobs.waiting import wait_until_finished
from ..looks.services import LONGEST, TOO_LONG, Busy, place_to_wait, refuse_without_worker
from .collection import Collection
from .errors import no_face, of_refusal, several_faces


def enrol(
    collection: Collection, subject: str, photo: bytes, file_name: str, *, threshold: float
) -> Anchor:
    """The photo of a subject, who is made where nobody is called so. Waits as a look does.

    A photo without exactly one face of a score of at least `threshold` is not kept, nor the subject
    that was made for it. Raises CompreFaceError, ImageRefused, Busy.
    """
    with place_to_wait():
        clean, origin = engine.sanitize(photo), hashlib.sha256(photo).hexdigest()
        refuse_without_worker()
        add = partial(
            services.anchor_add_clean,
            photo=clean,
            origin_sha256=origin,
            file_name=file_name,
            face_index=None,
        )
        return _enrolled(collection, subject, add, threshold)


def _enrolled(
    collection: Collection, subject: str, add: Callable[..., Anchor], threshold: float
) -> Anchor:
    person, person_is_new = collection.found_or_added(subject)
    kept = False
    try:
        anchor = add(person=person)
        rows = Anchor.objects.select_related("person")
        seen = wait_until_finished(Anchor, anchor.pk, LONGEST, rows)
        if seen is not None and not seen.is_finished:
            kept = True  # sent again, it is found: nothing is lost
            raise Busy(TOO_LONG, 1)
        try:
            seen = _with_one_face(seen, threshold)
        except Exception:
            if anchor.is_new:
                _erase(anchor)
            raise
        kept = True
        return seen
    finally:
        if person_is_new and not kept:
            _erase_person(person)


def _with_one_face(anchor: Anchor | None, threshold: float) -> Anchor:
    if anchor is None:
        raise no_face()  # deleted while its face was looked for
    if anchor.state != Anchor.State.READY:
        raise of_refusal(anchor.refusal_code, anchor.refusal_detail or "The photo cannot be used.")
    faces = [anchor.face, *anchor.other_faces]
    clear = [face for face in faces if face.get("detection_score", 1.0) >= threshold]
    if not clear:
        raise no_face()
    if len(clear) > 1:
        raise several_faces()
    return anchor


def _erase(anchor: Anchor) -> None:
    try:
        services.anchor_delete(anchor=anchor, erase=True)
    except ActionNotAllowed:
        pass  # gone already


def _erase_person(person: Person) -> None:
    """Unless somebody else has added a photo meanwhile."""
    if not Anchor.objects.filter(person=person).exists():
        try:
            services.person_delete(person=person, erase=True)
        except ActionNotAllowed:
            pass  # gone already
