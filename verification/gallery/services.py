"""Writes that an owner asks for: people and their anchors. Those that can be undone are written in
changes.py, and belong to this module's names."""

import hashlib
from datetime import date

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User

from .. import engine
from ..jobs.queue import enqueue
from ..jobs.services import MAX_FACE_INDEX, ActionNotAllowed, last_part, run_again
from ..jobs.storage import check_room, room_for
from .changes import (
    anchor_delete,
    anchor_move,
    anchors_delete,
    anchors_move,
    people_merge,
    person_delete,
    person_split,
)
from .locks import GONE, changed, lock, lock_person_of, renew_cover
from .models import NAME_LENGTH, Anchor, Person, Suggestion
from .undo import change_erase, change_undo

__all__ = [
    "FIELDS",
    "MAX_TAGS",
    "TAG_LENGTH",
    "ActionNotAllowed",
    "anchor_add",
    "anchor_add_clean",
    "anchor_add_from_verification",
    "anchor_choose_face",
    "anchor_confirm",
    "anchor_delete",
    "anchor_move",
    "anchor_retry",
    "anchors_delete",
    "anchors_move",
    "change_erase",
    "change_undo",
    "people_merge",
    "person_create",
    "person_delete",
    "person_set_cover",
    "person_split",
    "person_update",
    "suggestion_dismiss",
]

State = Anchor.State

MAX_TAGS, TAG_LENGTH = 20, 50
FIELDS = (
    "name", "note", "tags", "consent_given_by", "consent_at", "consent_for", "consent_until",
)  # fmt: skip


def person_create(*, owner: User, **fields) -> Person:
    """A new person; `fields` are those of FIELDS, of which `name` is required.

    Raises ValidationError, a dict by field.
    """
    person = Person(owner=owner, **_clean({"name": "", **fields}))
    _check_consent(person.consent_at, person.consent_until)
    person.save(force_insert=True)
    return person


def person_update(*, person: Person, **fields) -> Person:
    """Change those of FIELDS that are given. Raises ValidationError, ActionNotAllowed."""
    clean = _clean(fields)
    _check_consent(
        clean.get("consent_at", person.consent_at), clean.get("consent_until", person.consent_until)
    )
    if not Person.objects.filter(pk=person.pk).update(updated_at=timezone.now(), **clean):
        raise ActionNotAllowed(GONE)
    person.refresh_from_db()
    return person


def anchor_add(
    *,
    person: Person,
    data: bytes,
    file_name: str = "",
    face_index: int | None = None,
) -> Anchor:
    """Store a photo without its metadata and queue it for a worker.

    A photo that the person already has is not stored again: that anchor is returned, and only a
    new one has `is_new`. Raises ImageRefused, ValidationError, QuotaExceeded, ActionNotAllowed
    when the person is gone.
    """
    _check_face_index(face_index)
    photo, origin = engine.sanitize(data), hashlib.sha256(data).hexdigest()
    return _anchor_store(person, photo, file_name, face_index, origin)


def anchor_add_clean(
    *,
    person: Person,
    photo: bytes,
    origin_sha256: str,
    file_name: str,
    face_index: int | None,
    is_bulk: bool = False,
) -> Anchor:
    """`anchor_add` of a photo that `engine.sanitize` has cleaned already; `is_bulk`: one of many."""
    _check_face_index(face_index)
    return _anchor_store(person, photo, file_name, face_index, origin_sha256, is_bulk=is_bulk)


def anchor_add_from_verification(
    *, person: Person, verification, which: str = "probe", face_index: int | None = None
) -> Anchor:
    """Make a photo of a past verification, `probe` or `reference`, an anchor of a person, with
    the face that was compared unless `face_index` names another. Raises ActionNotAllowed when there
    is no such photo."""
    field = getattr(verification, f"{which}_image") if which in ("probe", "reference") else None
    if not field or verification.owner_id != person.owner_id:
        raise ActionNotAllowed(gettext("This verification has no such photo."))
    with field.open("rb") as file:
        stored = file.read()  # cleaned once already
    chosen = face_index
    if chosen is None:
        chosen = (verification.faces.get(which) or {}).get("index")
    if chosen is None:
        chosen = getattr(verification, f"{which}_face")
    name = getattr(verification, f"{which}_name")
    return _anchor_store(person, stored, name, chosen)


def anchor_choose_face(*, anchor: Anchor, face_index: int) -> Anchor:
    """Use this face of a photo that shows several, after a refusal or instead of the present one.

    Raises ActionNotAllowed when there is nothing to choose, ValidationError for a face that is
    not there.
    """
    faces = anchor.faces_to_choose or anchor.other_faces
    if not faces:
        raise ActionNotAllowed(gettext("No face has to be chosen here."))
    if face_index not in {face["index"] for face in faces}:
        raise ValidationError(
            {"face_index": gettext("Choose one of the faces found in the photo.")}
        )
    return _embed_again(anchor, face_index=face_index)


def anchor_retry(*, anchor: Anchor) -> Anchor:
    """Run a failed anchor again, with three fresh tries. Raises ActionNotAllowed."""
    if anchor.state != State.FAILED:
        raise ActionNotAllowed(gettext("This photo has not failed: look at it again."))
    return _embed_again(anchor)


def anchor_confirm(*, anchor: Anchor) -> Anchor:
    """Note that this photo shows the person, however different from the others it looks. Raises
    ActionNotAllowed when it is gone or not ready."""
    confirmed = Anchor.Likeness.CONFIRMED
    if not Anchor.objects.filter(pk=anchor.pk, state=State.READY).update(likeness=confirmed):
        raise ActionNotAllowed(gettext("This photo is not ready: look at it again."))
    anchor.likeness = confirmed
    return anchor


def suggestion_dismiss(*, suggestion: Suggestion) -> Suggestion:
    """Note that the two are different people: the pair is not suggested again."""
    suggestion.dismissed_at = suggestion.dismissed_at or timezone.now()
    suggestion.save(update_fields=["dismissed_at"])
    return suggestion


def person_set_cover(*, person: Person, anchor: Anchor) -> Person:
    """Show this anchor's face for the person. Raises ActionNotAllowed for a photo of somebody else,
    or one that is not ready."""
    if anchor.person_id != person.pk or anchor.state != State.READY:
        raise ActionNotAllowed(gettext("Choose a photo of this person that is ready."))
    Person.objects.filter(pk=person.pk).update(cover=anchor, updated_at=timezone.now())
    person.refresh_from_db()
    return person


def _anchor_store(
    person: Person,
    photo: bytes,
    file_name: str,
    face_index: int | None,
    origin: str = "",
    *,
    is_bulk: bool = False,
) -> Anchor:
    digest = hashlib.sha256(photo).hexdigest()
    same = Anchor.objects.filter(person=person, content_sha256=digest)
    if earlier := same.first():
        return earlier
    check_room(owner_id=person.owner_id, adding=len(photo))
    anchor = Anchor(
        owner_id=person.owner_id,
        person=person,
        file_name=last_part(file_name),
        content_sha256=digest,
        origin_sha256=origin,
        face_index=face_index,
        is_bulk=is_bulk,
    )
    try:
        anchor.image.save("image", ContentFile(photo), save=False)
        with room_for(owner_id=person.owner_id, adding=anchor.image_bytes):
            if not lock(person.pk):
                raise ActionNotAllowed(GONE)
            anchor.save(force_insert=True)
            enqueue(anchor)
    except IntegrityError:
        # The same photo came twice at the same moment.
        anchor.delete_files()
        if earlier := same.first():
            return earlier
        raise
    except BaseException:
        anchor.delete_files()
        raise
    anchor.is_new = True
    return anchor


def _embed_again(anchor: Anchor, **columns: object) -> Anchor:
    with transaction.atomic():
        person = lock_person_of(anchor)
        run_again(anchor, anchor.state, embedding=b"", model_sha256="", is_bulk=False, **columns)
        if person:
            changed(person)
            renew_cover(person)
    return anchor


def _clean(fields: dict) -> dict:
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    clean, errors = dict(fields), {}
    for field in ("name", "note", "consent_given_by", "consent_for"):
        if field in clean:
            clean[field] = clean[field].replace("\x00", "").strip()
    if "name" in clean and not 0 < len(clean["name"]) <= NAME_LENGTH:
        errors["name"] = gettext("Give a name of 1 to %(length)s characters.") % {
            "length": NAME_LENGTH
        }
    if len(clean.get("consent_given_by", "")) > NAME_LENGTH:
        errors["consent_given_by"] = gettext("At most %(length)s characters.") % {
            "length": NAME_LENGTH
        }
    if "tags" in clean:
        tags = dict.fromkeys(tag.replace("\x00", "").strip() for tag in clean["tags"])
        clean["tags"] = [tag for tag in tags if tag]
        if len(clean["tags"]) > MAX_TAGS or any(len(tag) > TAG_LENGTH for tag in clean["tags"]):
            errors["tags"] = gettext("At most %(most)s tags of at most %(length)s characters.") % {
                "most": MAX_TAGS,
                "length": TAG_LENGTH,
            }
    if errors:
        raise ValidationError(errors)
    return clean


def _check_consent(at: date | None, until: date | None) -> None:
    if at and until and until < at:
        raise ValidationError(
            {"consent_until": gettext("Choose a day that is not before the consent.")}
        )


def _check_face_index(index: int | None) -> None:
    if index is not None and not 0 <= index <= MAX_FACE_INDEX:
        raise ValidationError(
            {
                "face_index": gettext("A face index is a whole number from 0 to %(most)s.")
                % {"most": MAX_FACE_INDEX}
            }
        )
