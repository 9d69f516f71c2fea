"""What can be undone: deleting a person or an anchor, merging, moving, splitting.

Each writes a Change with what it takes to put everything back (undo.py), in the transaction that
makes the change. What is deleted is hidden at once, from every list and every search.
"""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..jobs.claims import UNCLAIMED
from ..jobs.models import PENDING, RUNNING
from ..jobs.services import ActionNotAllowed
from .locks import GONE, changed, lock, lock_person_of, renew_cover
from .models import NAME_LENGTH, Anchor, Change, Person

Kind = Change.Kind

JOINED = ("note", "tags", "consent_given_by", "consent_at", "consent_for")
MOVED = "This photo has moved or gone in the meantime: look at it again."
PHOTO_GONE = "This photo is not in your gallery any more: perhaps deleted in another window."


def person_delete(*, person: Person, erase: bool = False) -> Change | None:
    """Delete a person and the anchors, undoable unless `erase`. Verdicts stay, with the name.

    Raises ActionNotAllowed when the person is gone already.
    """
    with transaction.atomic():
        if person.pk not in lock(person.pk):
            raise ActionNotAllowed(GONE)
        photos = _photos(person.anchors.count())
        change = _change(person, Kind.PERSON_DELETED, f"{person.name} deleted, with {photos}.")
        change.payload = {"person": str(person.pk), "verifications": _keys(person.verifications)}
        change.save()
        person.verifications.update(person=None)
        _hide(person.anchors.all(), change)
        Person.objects.filter(pk=person.pk).update(deleted_in=change)
        return _erased(change) if erase else change


def anchor_delete(*, anchor: Anchor, erase: bool = False) -> Change | None:
    """Delete an anchor and its photo, undoable unless `erase`. Raises ActionNotAllowed when it is
    gone already."""
    with transaction.atomic():
        person = lock_person_of(anchor)
        return _delete(person, [anchor.pk], erase)


def anchors_delete(*, person: Person, anchors, erase: bool = False) -> Change | None:
    """Delete several anchors of a person (rows or ids) in one change; those gone or moved already
    are passed over. Raises ActionNotAllowed when none is left."""
    with transaction.atomic():
        lock(person.pk)
        return _delete(person.pk, _ids(anchors), erase)


def _delete(person_id, ids, erase: bool) -> Change | None:
    """Of a person that is locked."""
    there = Anchor.objects.filter(person_id=person_id, pk__in=ids)
    gone = _keys(there)
    if not gone:
        raise ActionNotAllowed(PHOTO_GONE)
    person = Person.objects.get(pk=person_id)
    told = _photos(len(gone)).capitalize()
    change = _change(person, Kind.ANCHOR_DELETED, f"{told} of {person.name} deleted.")
    change.save()
    _hide(there, change)
    changed(person_id)
    renew_cover(person_id)
    change.payload = {
        "person": str(person_id),
        "anchors": gone,
        "cover": text(person.cover_id),
        "cover_then": _cover(person_id),
    }
    change.save()
    return _erased(change) if erase else change


def people_merge(*, owner, into: Person, other: Person) -> Person:
    """Move the anchors and verdicts of `other` to `into` and delete `other`; `into`, with the
    `change` that undoes it.

    Tags are joined, notes and consent records kept. A photo that both have stays once. Raises
    ActionNotAllowed when one of the two is gone, ValidationError when they are the same.
    """
    if into.pk == other.pk:
        raise ValidationError("Choose two different people to merge.")
    with transaction.atomic():
        found = lock(into.pk, other.pk)
        if len(found) != 2 or any(person.owner_id != owner.pk for person in found.values()):
            raise ActionNotAllowed(GONE)
        target, source = found[into.pk], found[other.pk]
        told = f"{source.name} merged into {target.name}."
        change = _change(target, Kind.PEOPLE_MERGED, told)
        change.save()
        before = joined(target)
        _hide_doubles(target, source, change)
        change.payload = {
            "into": str(target.pk),
            "other": str(source.pk),
            "anchors": _keys(source.anchors),
            "verifications": _keys(source.verifications),
            "cover": text(target.cover_id),
            "before": before,
        }
        source.anchors.update(person=target, likeness="")
        source.verifications.update(person=target, person_name=target.name)
        _join(target, source)
        target.version += 1
        target.updated_at = timezone.now()
        target.save()
        Person.objects.filter(pk=source.pk).update(deleted_in=change)
        renew_cover(target.pk)
        change.payload["after"] = joined(target)
        change.save()
        target.refresh_from_db()
    target.change = change
    return target


def anchor_move(*, anchor: Anchor, person: Person) -> Anchor:
    """Give an anchor to another of the owner's people; the anchor, with the `change` that undoes
    it. Raises ActionNotAllowed when that person has the photo already or is gone."""
    before = anchor.person_id
    with transaction.atomic():
        change = _move_between(before, person, [anchor.pk])
    anchor.refresh_from_db()
    anchor.change = change
    return anchor


def anchors_move(*, person: Person, anchors, to: Person) -> Change:
    """Give several anchors of a person (rows or ids) to another in one change; its payload's
    "anchors" are those that went. What `to` has already stays, and what is gone is passed over.
    Raises ActionNotAllowed when none is left, or `to` is gone."""
    with transaction.atomic():
        return _move_between(person.pk, to, _ids(anchors))


def _move_between(before_id, after: Person, ids) -> Change:
    found = lock(before_id, after.pk)
    before = found.get(before_id)
    if after.pk not in found or (before and before.owner_id != after.owner_id):
        raise ActionNotAllowed(GONE)
    there = Anchor.objects.filter(person_id=before_id, pk__in=ids)
    if not there or before_id == after.pk:
        raise ActionNotAllowed(MOVED)
    known = after.anchors.order_by().values("content_sha256")
    ids = [anchor.pk for anchor in there.exclude(content_sha256__in=known).only("pk")]
    if not ids:
        raise ActionNotAllowed(f"{after.name} already has this photo.")
    told = f"{_photos(len(ids)).capitalize()} moved from {before.name} to {after.name}."
    return _move(Kind.ANCHOR_MOVED, ids, before, after, told)


def person_split(*, owner, person: Person, anchors, name: str) -> Person:
    """Make some of a person's anchors (rows or ids) a person of their own; the new person, with
    the `change` that undoes it.

    Raises ValidationError for no anchor, all of them or a bad name, ActionNotAllowed when the
    person or one of the anchors is gone or moved.
    """
    ids = _ids(anchors)
    name = name.replace("\x00", "").strip()
    if not 0 < len(name) <= NAME_LENGTH:
        raise ValidationError({"name": f"Give a name of 1 to {NAME_LENGTH} characters."})
    if not ids:
        raise ValidationError({"anchors": "Choose the photos of the new person."})
    with transaction.atomic():
        found = lock(person.pk).get(person.pk)
        if found is None or found.owner_id != owner.pk:
            raise ActionNotAllowed(GONE)
        if found.anchors.filter(pk__in=ids).count() != len(ids):
            raise ActionNotAllowed(MOVED)
        if found.anchors.count() == len(ids):
            raise ValidationError({"anchors": "Leave at least one photo where it is."})
        new = Person(owner=owner, name=name)
        new.save(force_insert=True)
        told = f"{name} made of {_photos(len(ids))} of {found.name}."
        change = _move(Kind.PERSON_SPLIT, ids, found, new, told)
        new.refresh_from_db()
    new.change = change
    return new


def _move(kind: str, ids, before: Person, after: Person, summary: str) -> Change:
    """Move anchors between two people that are locked."""
    change = _change(before, kind, summary)
    change.payload = {
        "anchors": [str(pk) for pk in ids],
        "from": str(before.pk),
        "to": str(after.pk),
        "cover": text(before.cover_id),
    }
    change.save()
    Anchor.objects.filter(pk__in=ids).update(person=after, likeness="")
    changed(before.pk, after.pk)
    renew_cover(before.pk)
    renew_cover(after.pk)
    return change


def _change(person: Person, kind: str, summary: str) -> Change:
    return Change(owner_id=person.owner_id, kind=kind, summary=summary)


def _erased(change: Change) -> None:
    """At once and for good, with everything the change deleted."""
    change.delete()


def _hide(anchors, change: Change) -> None:
    """Those that a worker holds go back to pending: nobody carries on with a hidden row."""
    anchors.filter(state=RUNNING).update(state=PENDING, **UNCLAIMED)
    anchors.update(deleted_in=change)


def _hide_doubles(target: Person, source: Person, change: Change) -> None:
    """Of each photo that both have keep one, the one that is ready if either is."""
    ready = Anchor.State.READY
    ours = {anchor.content_sha256: anchor for anchor in target.anchors.defer("embedding")}
    worse = []
    for theirs in source.anchors.defer("embedding"):
        mine = ours.get(theirs.content_sha256)
        if mine is not None:
            worse.append(mine.pk if theirs.state == ready != mine.state else theirs.pk)
    _hide(Anchor.objects.filter(pk__in=worse), change)


def _join(target: Person, source: Person) -> None:
    """What `source` says beyond its photos goes to `target`: nothing is lost, nothing said twice."""
    target.tags = list(dict.fromkeys([*target.tags, *source.tags]))
    notes = [target.note, source.note]
    consent = ("consent_given_by", "consent_at", "consent_for")
    theirs = {field: getattr(source, field) for field in consent}
    if not any(getattr(target, field) for field in consent):
        for field, value in theirs.items():
            setattr(target, field, value)
    elif any(theirs.values()) and any(getattr(target, f) != v for f, v in theirs.items()):
        told = ", ".join(str(value) for value in theirs.values() if value)
        notes.append(f"Consent recorded for {source.name}: {told}")
    target.note = "\n".join(dict.fromkeys(note for note in notes if note))


def joined(person: Person) -> dict:
    """What a merge may change of a person, as JSON."""
    fields = {field: getattr(person, field) for field in JOINED}
    return fields | {"consent_at": text(person.consent_at)}


def _cover(person_id) -> str | None:
    return text(Person.objects.values_list("cover", flat=True).get(pk=person_id))


def _ids(anchors) -> set:
    return {getattr(each, "pk", each) for each in anchors}


def _keys(rows) -> list[str]:
    return [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]


def text(value) -> str | None:
    return None if value is None else str(value)


def _photos(number: int) -> str:
    return "one photo" if number == 1 else f"{number} photos"
