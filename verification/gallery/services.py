"""Writes that an owner asks for: people and their anchors. Those that can be undone are written in
changes.py, and belong to this module's names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.models import User

from ..jobs.services import ActionNotAllowed, run_again
from .access import acting_needs, default_gallery
from .adding import anchor_add, anchor_add_clean, anchor_add_from_verification, anchors_add
from .adding_photos import NewPhoto, photos_add
from .changes import (
    PHOTO_GONE,
    anchor_delete,
    anchor_move,
    anchors_delete,
    anchors_give,
    anchors_move,
    anchors_take,
    nameless_anchors_delete,
    people_merge,
    person_delete,
    person_split,
)
from .fields import (
    FIELDS,
    MAX_TAGS,
    TAG_LENGTH,
    checked_outside_words,
    is_taken,
    person_fields,
)
from .gallery_models import Gallery, Role
from .locks import (
    GALLERY_GONE,
    GONE,
    changed_anchors,
    lock_gallery,
    lock_person_of,
    renew_cover,
)
from .models import Anchor, Person, Suggestion
from .undo import change_erase, change_undo

__all__ = [
    "FIELDS",
    "MAX_TAGS",
    "TAG_LENGTH",
    "ActionNotAllowed",
    "NewPhoto",
    "anchor_add",
    "anchor_add_clean",
    "anchor_add_from_verification",
    "anchor_choose_face",
    "anchor_confirm",
    "anchor_delete",
    "anchor_move",
    "anchor_retry",
    "anchor_update",
    "anchors_add",
    "anchors_delete",
    "anchors_give",
    "anchors_move",
    "anchors_take",
    "change_erase",
    "change_undo",
    "nameless_anchors_delete",
    "people_merge",
    "people_store",
    "person_create",
    "person_delete",
    "person_new",
    "person_set_cover",
    "person_split",
    "person_update",
    "photos_add",
    "suggestion_dismiss",
]

State = Anchor.State

EXTERNAL_ID_TAKEN = gettext_lazy("Somebody else in this gallery has this id.")


def person_create(*, owner: User, gallery: Gallery | None = None, **fields) -> Person:
    """A new person in a gallery, `default_gallery` of the user if none is given; `fields` are those of
    FIELDS, of which `name` is required.

    Raises ValidationError, a dict by field.
    """
    person = person_new(**fields)
    people_store(gallery=gallery or default_gallery(owner), people=[person])
    return person


def person_new(**fields) -> Person:
    """Somebody whom `people_store` stores; `fields` as of `person_create`. Raises ValidationError."""
    person = Person(**person_fields({"name": "", **fields}))
    _check_consent(person.consent_at, person.consent_until)
    return person


def people_store(*, gallery: Gallery, people: Sequence[Person]) -> None:
    """Put new people into a gallery, by one statement.

    Raises ValidationError, a dict by field, and ActionNotAllowed when the gallery is gone; nobody is
    stored then.
    """
    with _external_id_once():
        if (locked := lock_gallery(gallery.pk)) is None:
            raise ActionNotAllowed(GALLERY_GONE)
        for person in people:
            person.gallery, person.owner_id = gallery, locked.owner_id
        Person.objects.bulk_create(people)
        Gallery.raise_of([gallery.pk])


def person_update(*, person: Person, **fields) -> Person:
    """Change those of FIELDS that are given. Raises ValidationError, ActionNotAllowed."""
    clean = person_fields(fields)
    _check_consent(
        clean.get("consent_at", person.consent_at), clean.get("consent_until", person.consent_until)
    )
    with _external_id_once():
        acting_needs(Role.EDITOR, [person])
        if not Person.objects.filter(pk=person.pk).update(updated_at=timezone.now(), **clean):
            raise ActionNotAllowed(GONE)
    person.refresh_from_db()
    return person


@contextmanager
def _external_id_once() -> Iterator[None]:
    """Raises ValidationError for an outside id that somebody else has."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not is_taken(error, "person_external_id_once", "external_id"):
            raise
        raise ValidationError({"external_id": EXTERNAL_ID_TAKEN}) from None


def anchor_update(*, anchor: Anchor, **fields) -> Anchor:
    """Change `external_id` or `metadata` of an anchor. Raises ValidationError, ActionNotAllowed."""
    clean = checked_outside_words(fields)
    try:
        with transaction.atomic():
            acting_needs(Role.EDITOR, [anchor])
            if not Anchor.objects.filter(pk=anchor.pk).update(**clean):
                raise ActionNotAllowed(PHOTO_GONE)
    except IntegrityError:
        taken = gettext("The same photo is there under this id already.")
        raise ValidationError({"external_id": taken}) from None
    anchor.refresh_from_db()
    return anchor


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
    with transaction.atomic():
        acting_needs(Role.REVIEWER, [anchor])
        if not Anchor.objects.filter(pk=anchor.pk, state=State.READY).update(likeness=confirmed):
            raise ActionNotAllowed(gettext("This photo is not ready: look at it again."))
    anchor.likeness = confirmed
    return anchor


def suggestion_dismiss(*, suggestion: Suggestion) -> Suggestion:
    """Note that the two are different people: the pair is not suggested again."""
    suggestion.dismissed_at = suggestion.dismissed_at or timezone.now()
    with transaction.atomic():
        acting_needs(Role.REVIEWER, [suggestion.first])
        suggestion.save(update_fields=["dismissed_at"])
    return suggestion


def person_set_cover(*, person: Person, anchor: Anchor) -> Person:
    """Show this anchor's face for the person. Raises ActionNotAllowed for a photo of somebody else,
    or one that is not ready."""
    if anchor.person_id != person.pk or anchor.state != State.READY or anchor.is_numbers:
        raise ActionNotAllowed(gettext("Choose a photo of this person that is ready."))
    with transaction.atomic():
        acting_needs(Role.EDITOR, [person])
        Person.objects.filter(pk=person.pk).update(cover=anchor, updated_at=timezone.now())
    person.refresh_from_db()
    return person


def _embed_again(anchor: Anchor, **columns: object) -> Anchor:
    with transaction.atomic():
        person = lock_person_of(anchor)
        run_again(anchor, anchor.state, embedding=b"", model_sha256="", is_bulk=False, **columns)
        changed_anchors(person, anchor.gallery_id)
        if person:
            renew_cover(person)
    return anchor


def _check_consent(at: date | None, until: date | None) -> None:
    if at and until and until < at:
        raise ValidationError(
            {"consent_until": gettext("Choose a day that is not before the consent.")}
        )
