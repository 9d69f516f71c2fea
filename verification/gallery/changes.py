"""What can be undone: deleting a person or photos, merging, moving, splitting.

Each is stored with its inverse (undo.py) in the transaction that makes it. What is deleted
disappears at once from every list and every search.
"""

from collections.abc import Collection, Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext, gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record, record_each
from accounts.models import User

from ..jobs.services import ActionNotAllowed
from ..text.sentences import Sentences, sentence
from .access import people_for
from .gallery_models import NAME_LENGTH, Gallery, Role, raised_once
from .locks import GONE, lock, lock_gallery, lock_person_of
from .models import Anchor, Change, Person
from .signals import people_let_go
from .undo import JOINED, hide, replace_person, undoable

Row = TypeVar("Row", Person, Anchor)

Kind = Change.Kind
READY = Anchor.State.READY

PERSON_DELETED = Sentences(
    "%(name)s deleted, with one photo.", "%(name)s deleted, with %(number)s photos."
)
PEOPLE_DELETED = Sentences("One person deleted.", "%(number)s people deleted.")
PHOTOS_DELETED = Sentences(
    "One photo of %(name)s deleted.", "%(number)s photos of %(name)s deleted."
)
NAMELESS_DELETED = Sentences(
    "One photo of nobody named deleted.", "%(number)s photos of nobody named deleted."
)
GIVEN = Sentences("One photo given to %(name)s.", "%(number)s photos given to %(name)s.")
TAKEN = Sentences(
    "One photo of %(name)s made a photo of nobody named.",
    "%(number)s photos of %(name)s made photos of nobody named.",
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
NO_FACE_CHOSEN = -1  # as the constraints of Anchor have it
OTHER_GALLERY = gettext_lazy("The two are in different galleries: move one to the other first.")
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
        with undoable(Kind.PERSON_DELETED, summary, found, gallery=found.gallery) as change:
            change.payload["verifications"] = replace_person(found, None, owner_id=found.owner_id)
            hide(found.anchors.all(), change)
            Person.objects.filter(pk=found.pk).update(deleted_in=change)
        record(action=Action.DELETED, object=person, erased=erase)
        if erase:
            change.delete()
    return change


def people_delete_at_once(*, people: Collection[UUID], bulk: UUID | None = None) -> list[Change]:
    """`person_delete` of some hundred people in as few statements as one takes, and in one change for each
    gallery. Whoever ordered it, in `bulk`, has it in the log. Those gone already are passed over."""
    changes = []
    with transaction.atomic(), raised_once():
        found = lock(*people)
        for gallery in sorted({person.gallery_id for person in found.values()}):
            ids = [pk for pk, person in found.items() if person.gallery_id == gallery]
            answers: list[tuple[Any, Any]] = people_let_go.send(sender=Person, people=ids)
            let_go = {id: gone for _receiver, answer in answers for id, gone in answer.items()}
            change = Change.objects.create(
                owner_id=found[ids[0]].owner_id,
                gallery_id=gallery,
                kind=Kind.PEOPLE_DELETED,
                summary=PEOPLE_DELETED.of(len(ids)),
                payload={"people": {str(pk): let_go.get(str(pk), []) for pk in ids}},
                bulk_id=bulk,
            )
            hide(Anchor.objects.filter(person__in=ids), change)
            Person.objects.filter(pk__in=ids).update(deleted_in=change)
            changes.append(change)
    return changes


def anchor_delete(*, anchor: Anchor, erase: bool = False) -> Change:
    """Delete an anchor and its photo. Raises ActionNotAllowed when it is gone already."""
    with transaction.atomic():
        return _delete(lock_person_of(anchor), anchor.gallery, {anchor.pk}, erase)


def anchors_delete(
    *, person: Person, anchors: Iterable[Anchor | UUID], erase: bool = False
) -> Change:
    """Delete several anchors of a person (rows or ids) in one change; those gone or moved already
    are passed over. Raises ActionNotAllowed when none is left."""
    with transaction.atomic():
        lock(person.pk)
        return _delete(person.pk, person.gallery, _ids(anchors), erase)


def nameless_anchors_delete(
    *, gallery: Gallery, anchors: Iterable[Anchor | UUID], erase: bool = False
) -> Change:
    """`anchors_delete` of anchors without a person."""
    with transaction.atomic():
        lock_gallery(gallery.pk)
        return _delete(None, gallery, _ids(anchors), erase)


def _delete(person_id: UUID | None, gallery: Gallery, ids: set[UUID], erase: bool) -> Change:
    """Of a person who is locked; without one, of a gallery that is."""
    anchors = Anchor.objects.filter(pk__in=ids, person=person_id)
    if person_id is None:
        anchors = anchors.filter(gallery=gallery)
    if not (count := anchors.count()):
        raise ActionNotAllowed(PHOTO_GONE)
    person = Person.objects.get(pk=person_id) if person_id else None
    summary = PHOTOS_DELETED.of(count, name=person.name) if person else NAMELESS_DELETED.of(count)
    with undoable(Kind.ANCHOR_DELETED, summary, person, gallery=gallery) as change:
        ids = set(anchors.order_by().values_list("pk", flat=True))
        hide(anchors, change)
    deleted = [("anchor", pk) for pk in sorted(ids)]
    record_each(action=Action.DELETED, objects=deleted, account=gallery.owner_id, erased=erase)
    if erase:
        change.delete()
    return change


def people_merge(*, owner: User, into: Person, other: Person) -> Person:
    """Move the anchors and verdicts of `other` to `into` and delete `other`; `into`, with the
    `change` that undoes it.

    Tags are joined, notes, metadata and consent records kept. A photo that both have stays once.
    Raises ActionNotAllowed when one of the two is gone or in another gallery, ValidationError when
    they are the same.
    """
    if into.pk == other.pk:
        raise ValidationError(gettext("Choose two different people to merge."))
    with transaction.atomic():
        found = lock(into.pk, other.pk)
        if len(found) != 2 or not _may_change(owner, found):
            raise ActionNotAllowed(GONE)
        target, source = found[into.pk], found[other.pk]
        if target.gallery_id != source.gallery_id:
            raise ActionNotAllowed(OTHER_GALLERY)
        summary = MERGED % {"name": source.name, "other": target.name}
        with undoable(
            Kind.PEOPLE_MERGED, summary, source, target, gallery=target.gallery
        ) as change:
            _hide_doubles(target, source, change)
            change.payload["verifications"] = replace_person(
                source, target, owner_id=target.owner_id
            )
            _give(source.anchors.all(), target, change)
            _join(target, source)
            Person.objects.filter(pk=source.pk).update(deleted_in=change)
        record(action=Action.DELETED, object=source, merged_into=target.pk)
    return _with(target, change)


def anchor_move(*, anchor: Anchor, person: Person) -> Anchor:
    """Give an anchor, also one without a person, to another person of the gallery; the anchor, with
    the `change` that undoes it. Raises ActionNotAllowed when that person has the photo already, is
    gone, or is in another gallery."""
    with transaction.atomic():
        change = _move(anchor.person_id, person, {anchor.pk})
    return _with(anchor, change)


def anchors_give(*, anchors: Iterable[Anchor | UUID], to: Person) -> Change:
    """`anchors_move` of anchors that have no person yet."""
    with transaction.atomic():
        return _move(None, to, _ids(anchors))


def anchors_take(*, person: Person, anchors: Iterable[Anchor | UUID]) -> Change:
    """Leave several anchors of a person (rows or ids) in the gallery without a person, in one change;
    its payload's "anchors" are those. Raises ActionNotAllowed when none of them is the person's."""
    with transaction.atomic():
        found = lock(person.pk).get(person.pk)
        if found is None:
            raise ActionNotAllowed(GONE)
        taken = found.anchors.filter(pk__in=_ids(anchors))
        nameless = Anchor.objects.filter(gallery=found.gallery_id, person=None)
        taken = taken.exclude(_same_photo(nameless))
        if not (count := taken.count()):
            raise ActionNotAllowed(MOVED)
        summary = TAKEN.of(count, name=found.name)
        with undoable(Kind.ANCHOR_MOVED, summary, found, gallery=found.gallery) as change:
            _give(taken, None, change)
    return change


def anchors_move(*, person: Person, anchors: Iterable[Anchor | UUID], to: Person) -> Change:
    """Give several anchors of a person (rows or ids) to another in one change; its payload's
    "anchors" are those that went. What `to` has already stays, and what is gone is passed over.
    Raises ActionNotAllowed when none is left, or `to` is gone."""
    with transaction.atomic():
        return _move(person.pk, to, _ids(anchors))


def _move(before_id: UUID | None, after: Person, ids: set[UUID]) -> Change:
    found = lock(*(pk for pk in {before_id, after.pk} if pk))
    before = found.get(before_id) if before_id else None
    if after.pk not in found:
        raise ActionNotAllowed(GONE)
    after = found[after.pk]
    if before and before.gallery_id != after.gallery_id:
        raise ActionNotAllowed(OTHER_GALLERY)
    anchors = Anchor.objects.filter(person=before_id, pk__in=ids)
    if before_id is None:
        lock_gallery(after.gallery_id)
        anchors = anchors.filter(gallery=after.gallery_id)
    elif before is None or before_id == after.pk:
        raise ActionNotAllowed(MOVED)
    if not anchors.exists():
        raise ActionNotAllowed(MOVED)
    anchors = anchors.exclude(_same_photo(after.anchors.all()))
    count = anchors.count()
    if not count:
        raise ActionNotAllowed(gettext("%(name)s already has this photo.") % {"name": after.name})
    summary = (
        PHOTOS_MOVED.of(count, name=before.name, other=after.name)
        if before
        else GIVEN.of(count, name=after.name)
    )
    with undoable(Kind.ANCHOR_MOVED, summary, before, after, gallery=after.gallery) as change:
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
        if found is None or not _may_change(owner, [found.pk]):
            raise ActionNotAllowed(GONE)
        chosen = found.anchors.filter(pk__in=ids)
        if chosen.count() != len(ids):
            raise ActionNotAllowed(MOVED)
        if found.anchors.count() == len(ids):
            raise ValidationError({"anchors": gettext("Leave at least one photo where it is.")})
        new = Person(owner_id=found.owner_id, gallery_id=found.gallery_id, name=name)
        new.save(force_insert=True)
        summary = SPLIT.of(len(ids), name=name, other=found.name)
        with undoable(Kind.PERSON_SPLIT, summary, found, new, gallery=found.gallery) as change:
            _give(chosen, new, change)
    return _with(new, change)


def _may_change(user: User, people: Collection[UUID]) -> bool:
    return people_for(user, Role.EDITOR).filter(pk__in=people).count() == len(people)


def _same_photo(others: QuerySet[Anchor]) -> Exists:
    """The condition that an anchor's face is among other anchors, under the same outside name."""
    key = Coalesce("face_index", Value(NO_FACE_CHOSEN))
    same = others.order_by().filter(
        content_sha256=OuterRef("content_sha256"), external_id=OuterRef("external_id")
    )
    ours = Coalesce(OuterRef("face_index"), Value(NO_FACE_CHOSEN))
    return Exists(same.filter(Exact(key, ours)))


def _give(anchors: QuerySet[Anchor], to: Person | None, change: Change) -> None:
    ids = anchors.order_by().values_list("pk", flat=True)
    change.payload["anchors"] = [str(pk) for pk in ids]
    anchors.update(person=to, likeness="")


def _hide_doubles(target: Person, source: Person, change: Change) -> None:
    """Of each photo that both have keep one, the one that is ready if either is."""
    better = _same_photo(source.anchors.filter(state=READY))
    hide(target.anchors.exclude(state=READY).filter(better), change)
    hide(source.anchors.filter(_same_photo(target.anchors.all())), change)


def _join(target: Person, source: Person) -> None:
    """Add what `source` says beyond its photos to `target`: nothing is lost, nothing said twice."""
    target.metadata = {**source.metadata, **target.metadata}
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
