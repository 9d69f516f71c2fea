"""Put back what a change did, or erase for good what it deleted."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from ..comparisons.models import Verification
from ..jobs.models import PENDING
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed
from .changes import JOINED, joined, text
from .locks import changed, lock, renew_cover
from .models import Anchor, Change, Person

Kind = Change.Kind

NO_CHANGE = "There is nothing to undo: the time for it is over, or it was erased."
UNDONE = "This is undone already."
PERSON_CHANGED = (
    "The person was deleted or merged in the meantime. Undo that first, then undo this."
)
MOVED_ON = "A photo was moved or deleted in the meantime. Undo that first, then undo this."
ADDED_AGAIN = "The same photo was added again in the meantime. Delete that one first."
SPLIT_CHANGED = (
    "The new person has other photos or details by now, which would be lost. "
    "Merge the two people instead."
)
AT_ONCE = 500  # ids in one query


def change_undo(*, owner, change_id) -> Change:
    """Undo a change of the owner's, all of it or nothing.

    Raises ActionNotAllowed, with what to do, when the time is over, it is undone already, or a
    later change stands in the way.
    """
    try:
        with transaction.atomic():
            change = _lock_change(owner, change_id)
            if not change.is_undoable:
                raise ActionNotAllowed(NO_CHANGE)
            _UNDO[change.kind](change, change.payload)
            change.undone_at = timezone.now()
            change.save()
    except IntegrityError:
        raise ActionNotAllowed(ADDED_AGAIN) from None
    return change


def change_erase(*, owner, change_id) -> None:
    """Erase what a change deleted, now and for good: it cannot be undone any more. Raises
    ActionNotAllowed when it is undone, or gone."""
    with transaction.atomic():
        _lock_change(owner, change_id).delete()


def changes_prune() -> int:
    """Erase what was deleted longer ago than it can be undone; the number of changes."""
    before = timezone.now() - timedelta(minutes=settings.FACEVERIFY_UNDO_MINUTES)
    old = Change.objects.filter(created_at__lt=before)
    pruned = 0
    for pk in old.order_by("created_at").values_list("pk", flat=True):
        with transaction.atomic():
            if change := old.select_for_update().filter(pk=pk).first():
                change.delete()
                pruned += 1
    return pruned


def _lock_change(owner, change_id) -> Change:
    change = Change.objects.select_for_update().filter(owner=owner, pk=change_id).first()
    if change is None:
        raise ActionNotAllowed(NO_CHANGE)
    if change.undone_at is not None:
        raise ActionNotAllowed(UNDONE)
    return change


def _undo_person_deleted(change: Change, payload: dict) -> None:
    person = payload["person"]
    Person.all_objects.filter(pk=person, deleted_in=change).update(deleted_in=None)
    _show_anchors(change)
    for ids in _batches(payload["verifications"]):
        Verification.objects.filter(pk__in=ids, owner=change.owner_id, person=None).update(
            person=person
        )
    changed(person)
    renew_cover(person)


def _undo_anchor_deleted(change: Change, payload: dict) -> None:
    """Photos whose person was merged since come back with that merge undone, not before."""
    hidden = Anchor.all_objects.filter(deleted_in=change)
    theirs = set(hidden.order_by().values_list("person_id", flat=True))
    people = lock(*theirs)
    if not theirs:
        raise ActionNotAllowed(NO_CHANGE)  # erased with their person
    if len(people) != len(theirs):
        raise ActionNotAllowed(PERSON_CHANGED)
    _show_anchors(change)
    changed(*people)
    for person in people.values():
        if text(person.cover_id) == payload["cover_then"] and text(person.pk) == payload["person"]:
            _give_cover_back(person.pk, payload["cover"])
        renew_cover(person.pk)


def _undo_people_merged(change: Change, payload: dict) -> None:
    """Photos that were moved on since stay where they are; a detail that was edited since keeps
    the edit."""
    target = lock(payload["into"]).get(_uuid(payload["into"]))
    if target is None:
        raise ActionNotAllowed(PERSON_CHANGED)
    source = Person.all_objects.get(pk=payload["other"], deleted_in=change)
    source.deleted_in = None
    source.save(update_fields=["deleted_in"])
    for ids in _batches(payload["anchors"]):
        Anchor.all_objects.filter(pk__in=ids, person=target).update(person=source)
    _show_anchors(change)
    for ids in _batches(payload["verifications"]):
        Verification.objects.filter(pk__in=ids, person=target).update(
            person=source, person_name=source.name
        )
    now = joined(target)
    for field in JOINED:
        if now[field] == payload["after"][field]:
            value = payload["before"][field]
            if field == "consent_at" and value:
                value = date.fromisoformat(value)
            setattr(target, field, value)
    target.save(update_fields=JOINED)
    changed(target.pk, source.pk)
    _give_cover_back(target.pk, payload["cover"])
    renew_cover(source.pk)


def _undo_moved(change: Change, payload: dict) -> None:
    people = lock(payload["from"], payload["to"])
    if len(people) != 2:
        raise ActionNotAllowed(PERSON_CHANGED)
    before, after = people[_uuid(payload["from"])], people[_uuid(payload["to"])]
    ids = payload["anchors"]
    if Anchor.objects.filter(pk__in=ids, person=after).count() != len(ids):
        raise ActionNotAllowed(MOVED_ON)
    Anchor.objects.filter(pk__in=ids).update(person=before)
    changed(before.pk, after.pk)
    _give_cover_back(before.pk, payload["cover"])
    if change.kind == Kind.PERSON_SPLIT:
        _remove_split(before, after)
    else:
        renew_cover(after.pk)


def _remove_split(before: Person, after: Person) -> None:
    details = any(getattr(after, field) for field in JOINED)
    if details or Anchor.all_objects.filter(person=after).exists():
        raise ActionNotAllowed(SPLIT_CHANGED)
    after.verifications.update(person=before, person_name=before.name)
    after.delete()


def _show_anchors(change: Change) -> None:
    hidden = Anchor.all_objects.filter(deleted_in=change)
    waiting = list(hidden.filter(state=PENDING).only("pk").order_by())
    hidden.update(deleted_in=None)
    for anchor in waiting:
        enqueue(anchor)


def _give_cover_back(person_id, cover: str | None) -> None:
    if cover and Anchor.objects.filter(pk=cover, person_id=person_id).exists():
        Person.objects.filter(pk=person_id).update(cover=cover)
    renew_cover(person_id)


def _batches(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _uuid(value: str):
    return Person._meta.pk.to_python(value)


_UNDO = {
    Kind.PERSON_DELETED: _undo_person_deleted,
    Kind.ANCHOR_DELETED: _undo_anchor_deleted,
    Kind.PEOPLE_MERGED: _undo_people_merged,
    Kind.ANCHOR_MOVED: _undo_moved,
    Kind.PERSON_SPLIT: _undo_moved,
}
