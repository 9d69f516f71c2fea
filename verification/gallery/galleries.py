"""Writes: galleries themselves, and people who go from one to another."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import ApiKey, User
from accounts.services import api_keys_revoke

from .. import engine
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, as_new
from ..jobs.storage import check_room, room_for, size_of
from ..photos.storage import FileUnreadable
from ..text.sentences import said
from .access import acting_needs, acting_owns
from .fields import checked_outside_words, is_taken
from .gallery_models import NAME_LENGTH, Gallery, Role, raised_once
from .locks import (
    GALLERY_GONE,
    GONE,
    changed,
    compare_photos_of,
    lock,
    lock_gallery,
    note_changed,
    renew_cover,
    slices,
)
from .models import Anchor, Change, Person, Suggestion

MOST_GALLERIES = 100_000  # of one owner: programs make one for each of their own collections
ERASED_AT_ONCE = 200  # people, or photos, in one transaction
COMPARED_NOW = (
    20  # people whose photos are compared as soon as they are moved; those of more, by the sweep
)

DEFAULT_STAYS = gettext_lazy("The default gallery of an account stays: delete the people in it.")
OTHER_OWNER = gettext_lazy("The gallery belongs to another account: copy the people instead.")
NO_ROOM_FOR_MORE = gettext_lazy("There cannot be more galleries: delete one first.")


def create_gallery(*, owner: User, name: str, external_id: str = "") -> Gallery:
    """A new, empty gallery. Raises ValidationError, a dict by field, for a bad name, or an outside id
    that another gallery of the owner has."""
    clean = checked_outside_words({"external_id": external_id})
    gallery = Gallery(owner=owner, name=_checked_name(name), **clean)
    if Gallery.objects.filter(owner=owner).count() >= MOST_GALLERIES:
        raise ValidationError({"name": NO_ROOM_FOR_MORE})
    try:
        with transaction.atomic():
            gallery.save(force_insert=True)
    except IntegrityError as error:
        raise _taken(error) from None
    return gallery


def rename_gallery(
    *, gallery: Gallery, name: str | None = None, external_id: str | None = None
) -> Gallery:
    """Change what is given. Raises ValidationError, a dict by field, and ActionNotAllowed when the
    gallery is gone."""
    values: dict[str, str] = {}
    if name is not None:
        values["name"] = _checked_name(name)
    if external_id is not None:
        values |= checked_outside_words({"external_id": external_id})
    try:
        with transaction.atomic():
            acting_needs(Role.OWNER, [gallery])
            if values and not Gallery.objects.filter(pk=gallery.pk).update(**values):
                raise ActionNotAllowed(GALLERY_GONE)
    except IntegrityError as error:
        raise _taken(error) from None
    gallery.refresh_from_db()
    return gallery


def set_false_match_rate(*, gallery: Gallery, rate: float | None) -> Gallery:
    """How strict searches in the gallery are where nothing else is asked for; None: 1 in 1,000. Raises
    ValidationError for a rate that the model does not offer, ActionNotAllowed when it is gone."""
    if rate is not None:
        try:
            rate = engine.offered_rate(rate)
        except engine.RateUnknown as error:
            raise ValidationError({"false_match_rate": said(str(error))}) from None
    with transaction.atomic():
        acting_needs(Role.OWNER, [gallery])
        if not Gallery.objects.filter(pk=gallery.pk).update(false_match_rate=rate):
            raise ActionNotAllowed(GALLERY_GONE)
    gallery.false_match_rate = rate
    return gallery


def delete_gallery(*, gallery: Gallery) -> dict[str, int]:
    """Erase a gallery with its people and photos for good; how many "people" and "anchors" those were.
    Verdicts stay, with the names. Keys that are bound to it are revoked. What was interrupted is finished
    by deleting it once more.

    Raises ActionNotAllowed for the default gallery.
    """
    if gallery.is_default:
        raise ActionNotAllowed(DEFAULT_STAYS)
    acting_owns(gallery)
    counts = {
        "people": Person.objects.filter(gallery=gallery).count(),
        "anchors": Anchor.objects.filter(gallery=gallery).count(),
    }
    rows: tuple[QuerySet[Any], ...] = (
        Person.all_objects.filter(gallery=gallery),
        Anchor.all_objects.filter(gallery=gallery),
    )
    for found in rows:
        while ids := list(found.order_by().values_list("pk", flat=True)[:ERASED_AT_ONCE]):
            with transaction.atomic():
                found.model._base_manager.filter(pk__in=ids).delete()
    with transaction.atomic():
        # Somebody added after the last look is erased with it.
        record(
            action=Action.ERASED,
            object=gallery,
            people=counts["people"],
            anchors=counts["anchors"],
        )
        Gallery.objects.filter(pk=gallery.pk).delete()
        api_keys_revoke(keys=ApiKey.objects.filter(gallery=gallery.pk))
    return counts


def move_people(*, people: Iterable[Person], gallery: Gallery) -> int:
    """Let people and their photos go to another gallery of the same owner, all or none; how many went.

    Raises ActionNotAllowed for a gallery of another owner, ValidationError when somebody there has one
    of their outside ids.
    """
    ids = [person.pk for person in people]
    moved = 0
    try:
        with transaction.atomic(), raised_once():
            for part in slices(ids):
                found = lock(*part)
                acting_needs(Role.EDITOR, [gallery])
                going = [row for row in found.values() if row.gallery_id != gallery.pk]
                if any(row.owner_id != gallery.owner_id for row in going):
                    raise ActionNotAllowed(OTHER_OWNER)
                _move([row.pk for row in going], gallery)
                moved += len(going)
    except IntegrityError as error:
        raise _person_taken(error) from None
    return moved


def _move(ids: Sequence[UUID], gallery: Gallery) -> None:
    """Those who can still be brought back, and what can be undone, go along."""
    if not ids:
        return
    hidden = Change.objects.filter(
        pk__in=Anchor.all_objects.filter(person__in=ids, deleted_in__isnull=False).values(
            "deleted_in"
        )
    )
    hidden.update(gallery=gallery)
    Anchor.all_objects.filter(person__in=ids).update(gallery=gallery)
    Person.objects.filter(pk__in=ids).update(gallery=gallery)
    Suggestion.objects.filter(first__in=ids).delete()
    Suggestion.objects.filter(second__in=ids).delete()
    note_changed(*ids)
    if len(ids) <= COMPARED_NOW:
        compare_photos_of(*ids)


def copy_people(*, people: Iterable[Person], gallery: Gallery) -> list[Person]:
    """New people in another gallery, each with a copy of all that is known of one of these and of the
    photos, which need not be looked at again.

    Those copied before another is refused are there. Raises QuotaExceeded, ActionNotAllowed when the
    gallery or the person is gone, ValidationError when somebody there has one of their outside ids.
    """
    return [_copy(person, gallery) for person in people]


COPIED = (
    "name", "note", "tags", "consent_given_by", "consent_at", "consent_for", "consent_until",
    "external_id", "metadata",
)  # fmt: skip
COPIED_OF_ANCHORS = (
    "file_name", "content_sha256", "origin_sha256", "face_index", "face", "quality", "embedding",
    "model_sha256", "state", "refusal_code", "refusal_detail", "refusal_remedy", "refusal_which",
    "refusal_faces", "finished_at", "external_id", "metadata", "is_numbers",
    "any_quality",
)  # fmt: skip


def _copy(person: Person, gallery: Gallery) -> Person:
    new = Person(
        owner_id=gallery.owner_id,
        gallery=gallery,
        **{column: getattr(person, column) for column in COPIED},
    )
    stored: list[Anchor] = []
    try:
        copies = {
            row.pk: _copy_anchor(row, new, stored) for row in person.anchors.order_by("created_at")
        }
        adding = sum(size_of(row) for row in copies.values())
        check_room(owner_id=gallery.owner_id, adding=adding)
        with room_for(owner_id=gallery.owner_id, adding=adding):
            # Whoever copies people takes them along, as an export does. What was deleted while its files
            # were being copied is not brought back by the copy.
            if not lock(person.pk):
                raise ActionNotAllowed(GONE)
            there = {*person.anchors.filter(pk__in=copies).values_list("pk", flat=True)}
            gone = [copies.pop(pk) for pk in copies.keys() - there]
            if (locked := lock_gallery(gallery.pk)) is None:
                raise ActionNotAllowed(GALLERY_GONE)
            new.owner_id = locked.owner_id
            new.save(force_insert=True)
            for number, row in enumerate(copies.values()):
                row.owner_id = locked.owner_id
                row.save(force_insert=True)
                if row.state == Anchor.State.PENDING:
                    enqueue(row, later=number > 0)
            changed(new.pk)
            renew_cover(new.pk)
        _delete_files(gone)
    except IntegrityError as error:
        _delete_files(stored)
        raise _person_taken(error) from None
    except BaseException:
        _delete_files(stored)
        raise
    new.refresh_from_db()
    return new


def _copy_anchor(row: Anchor, person: Person, stored: list[Anchor]) -> Anchor:
    """Not saved yet, but with its files, which `stored` tells to be deleted if it never is. A photo
    that is not ready is looked at anew."""
    values = {column: getattr(row, column) for column in COPIED_OF_ANCHORS}
    copy = Anchor(owner_id=person.owner_id, person=person, gallery_id=person.gallery_id, **values)
    stored.append(copy)
    finished = row.state in (Anchor.State.READY, Anchor.State.REFUSED)
    names = ("image", "crop") if row.state == Anchor.State.READY else ("image",)
    for name in () if row.is_numbers else names:
        field = getattr(row, name)
        try:
            with field.open("rb") as file:
                getattr(copy, name).save(name, ContentFile(file.read()), save=False)
        except (FileNotFoundError, FileUnreadable):
            raise ActionNotAllowed(
                gettext("A photo of %(name)s cannot be read.") % {"name": person.name}
            ) from None
    if not finished:
        for column, value in as_new().items():
            setattr(copy, column, value)
        copy.embedding, copy.model_sha256 = b"", ""
    return copy


def _delete_files(rows: Iterable[Anchor]) -> None:
    for row in rows:
        row.delete_files()


def _checked_name(name: str) -> str:
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValidationError(
            {
                "name": gettext("Give a name of 1 to %(length)s characters.")
                % {"length": NAME_LENGTH}
            }
        )
    return name


def _taken(error: IntegrityError) -> Exception:
    if not is_taken(error, "gallery_external_id_once", "external_id"):
        return error
    return ValidationError({"external_id": gettext("Another gallery of yours has this id.")})


def _person_taken(error: IntegrityError) -> Exception:
    if not is_taken(error, "person_external_id_once", "external_id"):
        return error
    taken = gettext("Somebody in that gallery has the same external id already.")
    return ValidationError({"external_id": taken})
