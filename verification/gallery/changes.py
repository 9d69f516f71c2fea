"""What can be undone: deleting a person or photos, merging, moving, splitting.

Each is stored with its inverse (undo.py) in the transaction that makes it. What is deleted
disappears at once from every list and every search.
"""

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record, record_each
from accounts.models import User

from ..jobs.services import ActionNotAllowed
from ..text.sentences import Sentences, sentence
from .locks import GONE, lock, lock_person_of
from .models import NAME_LENGTH, Anchor, Change, Person
from .undo import JOINED, hide, replace_person, undoable

Row = TypeVar("Row", Person, Anchor)

Kind = Change.Kind
READY = Anchor.State.READY

PERSON_DELETED = Sentences(
    "%(name)s deleted, with one photo.", "%(name)s deleted, with %(number)s photos."
)
PHOTOS_DELETED = Sentences(
    "One photo of %(name)s deleted.", "%(number)s photos of %(name)s deleted."
)
MERGED = sentence("%(name)s merged into %(other)s.")
PHOTOS_MOVED = Sentences(
    "One photo moved from %(name)s to %(other)s.",
    "%(number)s photos moved from %(name)s to %(other)s.",
)
SPLIT = Sentences(
    "%(name)s made of one photo of %(other)s.", "%(name)s made of %(number)s photos of %(other)s."
)

CONSENT = ("consent_given_by", "consent_at", "consent_for", "consent_until")
MOVED = gettext_lazy("This photo has moved or gone in the meantime: look at it again.")
PHOTO_GONE = gettext_lazy(
    "This photo is not in your gallery any more: perhaps deleted in another window."
)


def person_delete(*, person: Person, erase: bool = False) -> Change:
    """Delete a person and the anchors. Verdicts stay, with the name.

    With `erase`, here and below, at once and for good: the change returned is gone, without a pk.

    Raises ActionNotAllowed when the person is gone already.
    """
    with transaction.atomic():
        found = lock(person.pk).get(person.pk)
        if found is None:
            raise ActionNotAllowed(GONE)
        summary = PERSON_DELETED.of(found.anchors.count(), name=found.name)
        with undoable(Kind.PERSON_DELETED, summary, found) as change:
            change.payload["verifications"] = replace_person(found, None, owner_id=found.owner_id)
            hide(found.anchors.all(), change)
            Person.objects.filter(pk=found.pk).update(deleted_in=change)
        record(action=Action.DELETED, object=person, erased=erase)
        if erase:
            change.delete()
    return change


def anchor_delete(*, anchor: Anchor, erase: bool = False) -> Change:
    """Delete an anchor and its photo. Raises ActionNotAllowed when it is gone already."""
    with transaction.atomic():
        return _delete(lock_person_of(anchor), {anchor.pk}, erase)


def anchors_delete(
    *, person: Person, anchors: Iterable[Anchor | UUID], erase: bool = False
) -> Change:
    """Delete several anchors of a person (rows or ids) in one change; those gone or moved already
    are passed over. Raises ActionNotAllowed when none is left."""
    with transaction.atomic():
        lock(person.pk)
        return _delete(person.pk, _ids(anchors), erase)


def _delete(person_id: UUID | None, ids: set[UUID], erase: bool) -> Change:
    """Of a person who is locked."""
    anchors = Anchor.objects.filter(pk__in=ids, person=person_id)
    if person_id is None or not (count := anchors.count()):
        raise ActionNotAllowed(PHOTO_GONE)
    person = Person.objects.get(pk=person_id)
    summary = PHOTOS_DELETED.of(count, name=person.name)
    with undoable(Kind.ANCHOR_DELETED, summary, person) as change:
        ids = set(anchors.order_by().values_list("pk", flat=True))
        hide(anchors, change)
    deleted = [("anchor", pk) for pk in sorted(ids)]
    record_each(action=Action.DELETED, objects=deleted, account=person.owner_id, erased=erase)
    if erase:
        change.delete()
    return change


def people_merge(*, owner: User, into: Person, other: Person) -> Person:
    """Move the anchors and verdicts of `other` to `into` and delete `other`; `into`, with the
    `change` that undoes it.

    Tags are joined, notes and consent records kept. A photo that both have stays once. Raises
    ActionNotAllowed when one of the two is gone, ValidationError when they are the same.
    """
    if into.pk == other.pk:
        raise ValidationError(gettext("Choose two different people to merge."))
    with transaction.atomic():
        found = lock(into.pk, other.pk)
        if len(found) != 2 or any(person.owner_id != owner.pk for person in found.values()):
            raise ActionNotAllowed(GONE)
        target, source = found[into.pk], found[other.pk]
        summary = MERGED % {"name": source.name, "other": target.name}
        with undoable(Kind.PEOPLE_MERGED, summary, source, target) as change:
            _hide_doubles(target, source, change)
            change.payload["verifications"] = replace_person(source, target, owner_id=owner.pk)
            _give(source.anchors.all(), target, change)
            _join(target, source)
            Person.objects.filter(pk=source.pk).update(deleted_in=change)
        record(action=Action.DELETED, object=source, merged_into=target.pk)
    return _with(target, change)


def anchor_move(*, anchor: Anchor, person: Person) -> Anchor:
    """Give an anchor to another of the owner's people; the anchor, with the `change` that undoes
    it. Raises ActionNotAllowed when that person has the photo already or is gone."""
    with transaction.atomic():
        change = _move(anchor.person_id, person, {anchor.pk})
    return _with(anchor, change)


def anchors_move(*, person: Person, anchors: Iterable[Anchor | UUID], to: Person) -> Change:
    """Give several anchors of a person (rows or ids) to another in one change; its payload's
    "anchors" are those that went. What `to` has already stays, and what is gone is passed over.
    Raises ActionNotAllowed when none is left, or `to` is gone."""
    with transaction.atomic():
        return _move(person.pk, to, _ids(anchors))


def _move(before_id: UUID, after: Person, ids: set[UUID]) -> Change:
    found = lock(before_id, after.pk)
    before = found.get(before_id)
    if after.pk not in found or (before and before.owner_id != after.owner_id):
        raise ActionNotAllowed(GONE)
    anchors = Anchor.objects.filter(person_id=before_id, pk__in=ids)
    if before is None or before_id == after.pk or not anchors.exists():
        raise ActionNotAllowed(MOVED)
    known = after.anchors.order_by().values("content_sha256")
    anchors = anchors.exclude(content_sha256__in=known)
    count = anchors.count()
    if not count:
        raise ActionNotAllowed(gettext("%(name)s already has this photo.") % {"name": after.name})
    summary = PHOTOS_MOVED.of(count, name=before.name, other=after.name)
    with undoable(Kind.ANCHOR_MOVED, summary, before, after) as change:
        _give(anchors, after, change)
    return change


def person_split(
    *, owner: User, person: Person, anchors: Iterable[Anchor | UUID], name: str
) -> Person:
    """Make some of a person's anchors (rows or ids) a person of their own; the new person, with
    the `change` that undoes it.

    Raises ValidationError for no anchor, all of them or a bad name, ActionNotAllowed when the
    person or one of the anchors is gone or moved.
    """
    ids = _ids(anchors)
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValidationError(
            {
                "name": gettext("Give a name of 1 to %(length)s characters.")
                % {"length": NAME_LENGTH}
            }
        )
    if not ids:
        raise ValidationError({"anchors": gettext("Choose the photos of the new person.")})
    with transaction.atomic():
        found = lock(person.pk).get(person.pk)
        if found is None or found.owner_id != owner.pk:
            raise ActionNotAllowed(GONE)
        chosen = found.anchors.filter(pk__in=ids)
        if chosen.count() != len(ids):
            raise ActionNotAllowed(MOVED)
        if found.anchors.count() == len(ids):
            raise ValidationError({"anchors": gettext("Leave at least one photo where it is.")})
        new = Person(owner=owner, name=name)
        new.save(force_insert=True)
        summary = SPLIT.of(len(ids), name=name, other=found.name)
        with undoable(Kind.PERSON_SPLIT, summary, found, new) as change:
            _give(chosen, new, change)
    return _with(new, change)


def _give(anchors: QuerySet[Anchor], to: Person, change: Change) -> None:
    ids = anchors.order_by().values_list("pk", flat=True)
    change.payload["anchors"] = [str(pk) for pk in ids]
    anchors.update(person=to, likeness="")


def _hide_doubles(target: Person, source: Person, change: Change) -> None:
    """Of each photo that both have keep one, the one that is ready if either is."""
    better = source.anchors.filter(state=READY).order_by().values("content_sha256")
    hide(target.anchors.exclude(state=READY).filter(content_sha256__in=better), change)
    kept = target.anchors.order_by().values("content_sha256")
    hide(source.anchors.filter(content_sha256__in=kept), change)


def _join(target: Person, source: Person) -> None:
    """Add what `source` says beyond its photos to `target`: nothing is lost, nothing said twice."""
    target.tags = list(dict.fromkeys([*target.tags, *source.tags]))
    notes = [target.note, source.note]
    consent = {field: getattr(source, field) for field in CONSENT}
    if not any(getattr(target, field) for field in CONSENT):
        for field, value in consent.items():
            setattr(target, field, value)
    elif any(consent.values()) and any(getattr(target, f) != v for f, v in consent.items()):
        record = ", ".join(str(value) for value in consent.values() if value)
        notes.append(f"Consent recorded for {source.name}: {record}")
    target.note = "\n".join(dict.fromkeys(note for note in notes if note))
    target.save(update_fields=JOINED)


def _with(row: Row, change: Change) -> Row:
    row.refresh_from_db()
    row.change = change
    return row


def _ids(anchors: Iterable[Anchor | UUID]) -> set[UUID]:
    return {row.pk if isinstance(row, Anchor) else row for row in anchors}
