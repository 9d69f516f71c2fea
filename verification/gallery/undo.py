"""Undo. A change is stored with its inverse, which puts everything back, whatever was done.

What a change deletes is hidden by `deleted_in` and goes for good with the row of the change. The
inverse, its payload, holds the rest:

    {"from": person or null, "to": person or null,   who gave and who took; null: nobody
     "anchors": [id], "verifications": [id],   what went from the one to the other
     "details": {person: {column: [before, after]}}}

Of many people deleted at once it is {"people": {person: [verification]}}.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User

from ..jobs.claims import UNCLAIMED
from ..jobs.clock import later
from ..jobs.models import PENDING, RUNNING
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed
from .access import changes_for
from .gallery_models import Gallery, raised_once
from .locks import changed, lock, note_changed, renew_cover, slices
from .models import Anchor, Change, Person
from .signals import person_replaced

Kind = Change.Kind
Detail = str | list[str] | dict[str, object] | None

JOINED = (
    "note",
    "tags",
    "metadata",
    "consent_given_by",
    "consent_at",
    "consent_for",
    "consent_until",
)
COVER = "cover_id"
PRUNED_AT_ONCE = 50  # changes in one transaction, each with all that it deleted

NO_CHANGE = gettext_lazy("There is nothing to undo: the time for it is over, or it was erased.")
UNDONE = gettext_lazy("This is undone already.")
PERSON_CHANGED = gettext_lazy(
    "The person was deleted or merged in the meantime. Undo that first, then undo this."
)
MOVED_ON = gettext_lazy(
    "A photo was moved or deleted in the meantime. Undo that first, then undo this."
)
ADDED_AGAIN = gettext_lazy("The same photo was added again in the meantime. Delete that one first.")
SPLIT_CHANGED = gettext_lazy(
    "The new person has other photos or details by now, which would be lost. Merge the two people instead."
)


@contextmanager
def undoable(
    kind: str, summary: str, person: Person | None, to: Person | None = None, *, gallery: Gallery
) -> Iterator[Change]:
    """What is done in this context to people of a gallery that are locked, as a Change; without
    people, to photos of nobody.

    Notes how their details change, tells searches and workers of it, and renews the covers. Moved
    anchors and verdicts are for the caller to note in the payload.
    """
    before = {row.pk: _details(row) for row in (person, to) if row}
    change = Change.objects.create(
        owner_id=gallery.owner_id,
        gallery=gallery,
        kind=kind,
        summary=summary,
        payload={"from": _text(person and person.pk), "to": _text(to and to.pk), "anchors": [],
                 "verifications": [], "details": {}},
    )  # fmt: skip
    with raised_once():
        yield change
        left = list(Person.objects.filter(pk__in=before).values_list("pk", flat=True))
        changed(*left)
        if not (person and to):
            Gallery.raise_of([gallery.pk])
        for pk in left:
            renew_cover(pk)
    for row in Person.objects.filter(pk__in=left):
        was, now = before[row.pk], _details(row)
        change.payload["details"][str(row.pk)] = {
            column: [was[column], now[column]] for column in now if was[column] != now[column]
        }
    change.save()


def hide(anchors: QuerySet[Anchor], change: Change) -> None:
    """Delete anchors until the change is undone. Those that a worker holds go back to pending:
    nobody carries on with a hidden row."""
    anchors.filter(state=RUNNING).update(state=PENDING, has_strays=True, **UNCLAIMED)
    anchors.update(deleted_in=change)


def replace_person(
    former: Person | None, person: Person | None, *, owner_id: UUID, ids: list[str] | None = None
) -> list[str]:
    """Let verdicts on one person be about another, or about nobody; the ids of the verdicts."""
    answers = person_replaced.send(
        sender=Person,
        owner_id=owner_id,
        former=former and former.pk,
        person=person,
        ids=ids,
    )
    return [id for _receiver, changed_ids in answers for id in changed_ids or ()]


def change_undo(*, owner: User, change_id: UUID) -> Change:
    """Undo a change of the owner's, all of it or nothing.

    Raises ActionNotAllowed, with what to do, when the time is over, it is undone already, or a
    later change stands in the way.
    """
    try:
        with transaction.atomic(), raised_once():
            change = _lock_change(owner, change_id)
            if not change.is_undoable:
                raise ActionNotAllowed(NO_CHANGE)
            _put_back(change)
            change.undone_at = timezone.now()
            change.save()
            record(action=Action.RESTORED, object=change, what=change.kind)
    except IntegrityError:
        raise ActionNotAllowed(ADDED_AGAIN) from None
    return change


def change_erase(*, owner: User, change_id: UUID) -> None:
    """Erase what a change deleted, now and for good: it cannot be undone any more. Raises
    ActionNotAllowed when it is undone, or gone."""
    with transaction.atomic():
        change = _lock_change(owner, change_id)
        record(action=Action.ERASED, object=change, what=change.kind)
        change.delete()


def changes_prune() -> int:
    """Erase what was deleted longer ago than it can be undone; the number of changes."""
    before = later(-60 * settings.FACEVERIFY_UNDO_MINUTES)
    old = Change.objects.filter(created_at__lt=before)
    old = old.exclude(bulk__isnull=False, bulk__finished_at=None)
    pruned = 0
    while ids := _portion(old):
        with transaction.atomic():
            rows = old.select_for_update(of=("self",)).filter(pk__in=ids)
            locked = [row.pk for row in rows]
            Change.objects.filter(pk__in=locked).delete()
        pruned += len(locked)
    return pruned


def _portion(old: QuerySet[Change]) -> list[UUID]:
    """The changes that are erased in one transaction; one of many people alone."""
    found = list(old.order_by("created_at").values_list("pk", "kind")[:PRUNED_AT_ONCE])
    large = [place for place, (_pk, kind) in enumerate(found) if kind == Kind.PEOPLE_DELETED]
    end = max(1, large[0]) if large else len(found)
    return [pk for pk, _kind in found[:end]]


def _lock_change(owner: User, change_id: UUID) -> Change:
    change = changes_for(owner).select_for_update(of=("self",)).filter(pk=change_id).first()
    if change is None:
        raise ActionNotAllowed(NO_CHANGE)
    if change.undone_at is not None:
        raise ActionNotAllowed(UNDONE)
    return change


def people_put_back(change: Change, ids: Collection[UUID] | None = None) -> list[UUID]:
    """Bring back everybody whom a change of many has deleted, or those of these ids; who that is. In a
    transaction. Raises IntegrityError where somebody has an outside id of theirs by now."""
    deleted = Person.all_objects.filter(deleted_in=change)
    if ids is not None:
        deleted = deleted.filter(pk__in=ids)
    back = list(deleted.order_by().values_list("pk", flat=True))
    deleted.update(deleted_in=None)
    people = lock(*back)
    for part in slices(back):
        _show(Anchor.all_objects.filter(deleted_in=change, person__in=part))
    for id, verdicts in change.payload["people"].items():
        if verdicts and (person := people.get(UUID(id))):
            replace_person(None, person, owner_id=change.owner_id, ids=verdicts)
    note_changed(*back)
    return back


def _put_back(change: Change) -> None:
    if change.kind == Kind.PEOPLE_DELETED:
        if not people_put_back(change):
            raise ActionNotAllowed(NO_CHANGE)
        return
    inverse, people = change.payload, _lock_people(change)
    source, target = (
        people.get(UUID(id)) if id else None for id in (inverse["from"], inverse["to"])
    )
    if inverse["anchors"]:
        _take_back(change, target, source)
    _show(Anchor.all_objects.filter(deleted_in=change))
    if source and target and change.kind == Kind.PERSON_SPLIT:
        _remove_split(people.pop(target.pk), source)
    elif inverse["verifications"]:
        replace_person(target, source, owner_id=change.owner_id, ids=inverse["verifications"])
    changed(*people)
    Gallery.raise_of([change.gallery_id])
    for person in people.values():
        _restore(person, inverse["details"].get(str(person.pk), {}))


def _lock_people(change: Change) -> dict[UUID, Person]:
    """Everybody whom the change concerned, locked; those that it deleted are shown again."""
    hidden = Anchor.all_objects.filter(deleted_in=change)
    needed = set(hidden.order_by().values_list("person_id", flat=True).distinct()) - {None}
    if change.payload["to"] or change.payload["anchors"]:
        needed |= {UUID(id) for id in (change.payload["from"], change.payload["to"]) if id}
    deleted = Person.all_objects.filter(deleted_in=change)
    back = list(deleted.values_list("pk", flat=True))
    needed -= set(back)
    if len(lock(*needed)) != len(needed):
        raise ActionNotAllowed(PERSON_CHANGED)
    if not needed and not back and not hidden.exists():
        raise ActionNotAllowed(NO_CHANGE)  # the photos were erased with their person
    deleted.update(deleted_in=None)
    return lock(*needed, *back)


def _take_back(change: Change, target: Person | None, source: Person | None) -> None:
    """A merge leaves photos that were moved on since where they are; a move is undone whole."""
    parts = list(slices(change.payload["anchors"]))
    if change.kind != Kind.PEOPLE_MERGED:
        there = sum(Anchor.objects.filter(pk__in=part, person=target).count() for part in parts)
        if there != len(change.payload["anchors"]):
            raise ActionNotAllowed(MOVED_ON)
    for part in parts:
        Anchor.all_objects.filter(pk__in=part, person=target).update(person=source)


def _show(hidden: QuerySet[Anchor]) -> None:
    waiting = list(hidden.filter(state=PENDING).only("pk").order_by())
    hidden.update(deleted_in=None)
    for number, anchor in enumerate(waiting):
        enqueue(anchor, later=number > 0)


def _remove_split(new: Person, source: Person) -> None:
    details = any(getattr(new, column) for column in JOINED)
    if details or Anchor.all_objects.filter(person=new).exists():
        raise ActionNotAllowed(SPLIT_CHANGED)
    replace_person(new, source, owner_id=new.owner_id)
    new.delete()


def _restore(person: Person, details: dict[str, tuple[Detail, Detail]]) -> None:
    """What was edited since keeps the edit."""
    now = _details(person)
    former = {column: before for column, (before, after) in details.items() if now[column] == after}
    cover = former.pop(COVER, None)
    if former:
        Person.objects.filter(pk=person.pk).update(**former)
    renew_cover(person.pk, former=_text(cover))


def _details(person: Person) -> dict[str, Detail]:
    """What a change may alter of a person besides the photos, as JSON."""
    values = {column: getattr(person, column) for column in (*JOINED, COVER)}
    return {
        c: value if isinstance(value, (list, dict)) else _text(value) for c, value in values.items()
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
