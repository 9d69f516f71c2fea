"""Writes that an owner asks for: people, their anchors, and what moves between them."""

import hashlib

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from .. import engine
from ..jobs.services import MAX_FACE_INDEX, ActionNotAllowed, last_part, run_again
from ..queue import enqueue
from .models import NAME_LENGTH, Anchor, Person

State = Anchor.State

MAX_TAGS, TAG_LENGTH = 20, 50
FIELDS = ("name", "note", "tags", "consent_given_by", "consent_at", "consent_for")
GONE = "This person is not in your gallery any more: perhaps deleted or merged in another window."


def person_create(*, owner, **fields) -> Person:
    """A new person; `fields` are those of FIELDS, of which `name` is required.

    Raises ValidationError, a dict by field.
    """
    person = Person(owner=owner, **_clean({"name": "", **fields}))
    person.save(force_insert=True)
    return person


def person_update(*, person: Person, **fields) -> Person:
    """Change some of FIELDS and no others. Raises ValidationError, ActionNotAllowed."""
    clean = _clean(fields)
    if not Person.objects.filter(pk=person.pk).update(updated_at=timezone.now(), **clean):
        raise ActionNotAllowed(GONE)
    person.refresh_from_db()
    return person


def person_delete(*, person: Person) -> None:
    """Delete a person, the anchors and their photos for good. Verdicts stay, with the name."""
    with transaction.atomic():
        lock(person.pk)
        person.delete()


def people_merge(*, owner, into: Person, other: Person) -> Person:
    """Move the anchors and verdicts of `other` to `into` and delete `other`.

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
        _drop_doubles(target, source)
        source.anchors.update(person=target)
        source.verifications.update(person=target, person_name=target.name)
        _join(target, source)
        target.version += 1
        target.updated_at = timezone.now()
        target.save()
        source.delete()
        _renew_cover(target.pk)
        target.refresh_from_db()
    return target


def anchor_add(
    *, person: Person, data: bytes, file_name: str = "", face_index: int | None = None
) -> Anchor:
    """Store a photo without its metadata and queue it for a worker.

    A photo that the person already has is not stored again: that anchor is returned. Raises
    ImageRefused, ValidationError, ActionNotAllowed when the person is gone.
    """
    _check_face_index(face_index)
    return _anchor_store(person, engine.sanitize(data), file_name, face_index)


def anchor_add_from_verification(*, person: Person, verification, which: str = "probe") -> Anchor:
    """Make a photo of a past verification, `probe` or `reference`, an anchor of a person, with
    the face that was compared. Raises ActionNotAllowed when there is no such photo."""
    field = getattr(verification, f"{which}_image", None) if which in ("probe", "reference") else ""
    if not field or verification.owner_id != person.owner_id:
        raise ActionNotAllowed("This verification has no such photo.")
    with field.open("rb") as file:
        stored = file.read()  # cleaned once already
    chosen = (verification.faces.get(which) or {}).get("index")
    if chosen is None:
        chosen = getattr(verification, f"{which}_face")
    name = getattr(verification, f"{which}_name")
    return _anchor_store(person, stored, name, chosen)


def anchor_delete(*, anchor: Anchor) -> None:
    """Delete an anchor and its photo for good."""
    with transaction.atomic():
        person = lock_person_of(anchor)
        anchor.delete()
        _changed(person)
        _renew_cover(person)


def anchor_move(*, anchor: Anchor, person: Person) -> Anchor:
    """Give an anchor to another of the owner's people. Raises ActionNotAllowed when that person
    has the photo already or is gone."""
    if anchor.owner_id != person.owner_id:
        raise ActionNotAllowed(GONE)
    before = anchor.person_id
    try:
        with transaction.atomic():
            if person.pk not in lock(before, person.pk):
                raise ActionNotAllowed(GONE)
            if not Anchor.objects.filter(pk=anchor.pk, person=before).update(person=person):
                raise ActionNotAllowed("This photo has moved in the meantime: look at it again.")
            for pk in (before, person.pk):
                _changed(pk)
                _renew_cover(pk)
    except IntegrityError:
        raise ActionNotAllowed(f"{person.name} already has this photo.") from None
    anchor.refresh_from_db()
    return anchor


def anchor_choose_face(*, anchor: Anchor, face_index: int) -> Anchor:
    """Use this face of a photo that shows several, after a refusal or instead of the present one.

    Raises ActionNotAllowed when there is nothing to choose, ValidationError for a face that is
    not there.
    """
    faces = anchor.faces_to_choose or anchor.other_faces
    if not faces:
        raise ActionNotAllowed("No face has to be chosen here.")
    if face_index not in {face["index"] for face in faces}:
        raise ValidationError({"face_index": "Choose one of the faces found in the photo."})
    return _embed_again(anchor, face_index=face_index)


def anchor_retry(*, anchor: Anchor) -> Anchor:
    """Run a failed anchor again, with three fresh tries. Raises ActionNotAllowed."""
    if anchor.state != State.FAILED:
        raise ActionNotAllowed("This photo has not failed: look at it again.")
    return _embed_again(anchor)


def person_set_cover(*, person: Person, anchor: Anchor) -> Person:
    """Show this anchor's face for the person. Raises ActionNotAllowed for one that is not theirs
    or not ready."""
    if anchor.person_id != person.pk or anchor.state != State.READY:
        raise ActionNotAllowed("Choose a photo of this person that is ready.")
    Person.objects.filter(pk=person.pk).update(cover=anchor, updated_at=timezone.now())
    person.refresh_from_db()
    return person


def lock(*ids) -> dict:
    """Those of these people that are there, by id, locked until the transaction ends.

    Whoever changes anchors locks their people first, in this order: nobody waits in a circle.
    """
    people = Person.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return {person.pk: person for person in people}


def lock_person_of(anchor: Anchor):
    """Lock the person an anchor has now, wherever it was moved; the id, None if it is gone."""
    rows = Anchor.objects.filter(pk=anchor.pk)
    while (pk := rows.values_list("person_id", flat=True).first()) is not None:
        lock(pk)
        if rows.filter(person_id=pk).exists():
            return pk
    return None


def _anchor_store(person: Person, photo: bytes, file_name: str, face_index: int | None) -> Anchor:
    digest = hashlib.sha256(photo).hexdigest()
    same = Anchor.objects.filter(person=person, content_sha256=digest)
    if earlier := same.first():
        return earlier
    anchor = Anchor(
        owner_id=person.owner_id,
        person=person,
        file_name=last_part(file_name),
        content_sha256=digest,
        face_index=face_index,
    )
    try:
        anchor.image.save("image", ContentFile(photo), save=False)
        with transaction.atomic():
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
    return anchor


def _embed_again(anchor: Anchor, **changes) -> Anchor:
    with transaction.atomic():
        person = lock_person_of(anchor)
        run_again(anchor, anchor.state, embedding=b"", model_sha256="", **changes)
        _changed(person)
        _renew_cover(person)
    return anchor


def _changed(person_id) -> None:
    """The person's embeddings are others now."""
    Person.objects.filter(pk=person_id).update(version=F("version") + 1, updated_at=timezone.now())


def _renew_cover(person_id) -> None:
    """Keep the cover while it is a ready anchor of the person's; else take the oldest, or none."""
    ready = Anchor.objects.filter(person_id=person_id, state=State.READY)
    kept = Person.objects.filter(pk=person_id, cover__in=ready.order_by().values("pk")).exists()
    if not kept:
        first = ready.order_by("created_at", "id").values_list("pk", flat=True).first()
        Person.objects.filter(pk=person_id).update(cover=first)


def _drop_doubles(target: Person, source: Person) -> None:
    """Of each photo that both have keep one, the one that is ready if either is."""
    ours = {anchor.content_sha256: anchor for anchor in target.anchors.defer("embedding")}
    for theirs in source.anchors.defer("embedding"):
        mine = ours.get(theirs.content_sha256)
        if mine is not None:
            worse = mine if theirs.state == State.READY != mine.state else theirs
            worse.delete()


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


def _clean(fields: dict) -> dict:
    unknown = fields.keys() - set(FIELDS)
    if unknown:
        raise TypeError(f"A person has no {', '.join(sorted(unknown))}.")
    clean, errors = dict(fields), {}
    for field in ("name", "note", "consent_given_by", "consent_for"):
        if field in clean:
            clean[field] = clean[field].replace("\x00", "").strip()
    if "name" in clean and not 0 < len(clean["name"]) <= NAME_LENGTH:
        errors["name"] = f"Give a name of 1 to {NAME_LENGTH} characters."
    if len(clean.get("consent_given_by", "")) > NAME_LENGTH:
        errors["consent_given_by"] = f"At most {NAME_LENGTH} characters."
    if "tags" in clean:
        tags = dict.fromkeys(tag.replace("\x00", "").strip() for tag in clean["tags"])
        clean["tags"] = [tag for tag in tags if tag]
        if len(clean["tags"]) > MAX_TAGS or any(len(tag) > TAG_LENGTH for tag in clean["tags"]):
            errors["tags"] = f"At most {MAX_TAGS} tags of at most {TAG_LENGTH} characters."
    if errors:
        raise ValidationError(errors)
    return clean


def _check_face_index(index: int | None) -> None:
    if index is not None and not 0 <= index <= MAX_FACE_INDEX:
        raise ValidationError(
            {"face_index": f"A face index is a whole number from 0 to {MAX_FACE_INDEX}."}
        )
