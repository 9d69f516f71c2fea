"""Erasing a person everywhere, at once and for good."""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.fields.files import FieldFile

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from faceverify.api.models import IdempotentRequest

from ..batches.models import BatchPhoto
from ..batches.services import batch_faces_erase
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.erasing import VerdictsOfPerson, crops_erase, photos_erase
from ..comparisons.models import Verification
from ..gallery.access import role_of
from ..gallery.gallery_models import Role
from ..gallery.locks import GONE, lock, slices
from ..gallery.membership_models import Membership
from ..gallery.models import Anchor, Change, Person
from ..gallery_io.models import GalleryExport, GalleryImport, ImportedFile
from ..jobs.models import PENDING, RUNNING
from ..jobs.services import ActionNotAllowed
from ..live.models import LiveSession
from ..live.services import end_unfinished
from ..live.subjects import PERSON_DELETED
from ..photos import left_out
from ..photos.sealed_files import CHUNK, HEADER_BYTES
from ..photos.sealing import TAG_BYTES
from ..webhooks.models import Delivery
from . import erased, names, receipts
from .models import AccountExport, Receipt

WHY = Verification.Erasure.PERSON


class Traces:
    """Where a person is, as it is stored now: with the account that the gallery belongs to, and with all
    others who use it or have used it."""

    def __init__(self, person: Person):
        self.person, self.owner = person, person.owner_id

    @cached_property
    def owners(self) -> list[UUID]:
        """The accounts that may have something of the person."""
        gallery = self.person.gallery_id
        found = {self.owner, *_owners(Membership.objects.filter(gallery=gallery), "user")}
        in_gallery = Q(gallery=gallery) | Q(person=self.person)
        found |= _owners(Verification.objects.filter(in_gallery))
        for model in (GalleryImport, GalleryExport):
            found |= _owners(model.objects.filter(gallery=gallery))
        return sorted(found)

    @cached_property
    def anchors(self) -> list[Anchor]:
        """Deleted ones too that could still be brought back."""
        return list(Anchor.all_objects.filter(person=self.person).defer("embedding", "face"))

    @cached_property
    def anchor_ids(self) -> list[UUID]:
        return [anchor.pk for anchor in self.anchors]

    @cached_property
    def verdicts(self) -> VerdictsOfPerson:
        return VerdictsOfPerson(owners=self.owners, person=self.person.pk, anchors=self.anchor_ids)

    @cached_property
    def shown(self) -> list[UUID]:
        """Verdicts whose photos go: also those that hold a photo of the person's, byte for byte."""
        return list(dict.fromkeys([*self.verdicts.shown, *self._with_the_same_photo()]))

    @cached_property
    def live_sessions(self) -> list[UUID]:
        """Sessions under way that compare faces with the person's."""
        mine = LiveSession.objects.filter(owner__in=self.owners, state__in=(PENDING, RUNNING))
        compared = Q(person=self.person) | Q(task=LiveSession.Task.IDENTIFY)
        return list(mine.filter(compared).values_list("pk", flat=True))

    @cached_property
    def changes(self) -> list[UUID]:
        """What could be undone and concerns the person."""
        mine, id = [], str(self.person.pk)
        hidden = set(
            Anchor.all_objects.filter(person=self.person).values_list("deleted_in", flat=True)
        )
        # Of many people deleted at once the others can still be brought back.
        alone = Change.objects.exclude(kind=Change.Kind.PEOPLE_DELETED)
        for change in alone.filter(owner=self.owner):
            said = json.dumps(change.payload)
            if id in said or change.pk in hidden or change.pk == self.person.deleted_in_id:
                mine.append(change.pk)
        return mine

    @cached_property
    def imports(self) -> list[UUID]:
        """Imports that still have their ZIP, which may hold the person."""
        there = GalleryImport.objects.filter(self._own_or_in_gallery).exclude(
            state__in=("done", "refused")
        )
        return list(there.values_list("pk", flat=True))

    @property
    def exports(self) -> "tuple[QuerySet[GalleryExport], QuerySet[AccountExport]]":
        """A ZIP cannot be searched for a face: all go that may hold the person."""
        return (
            GalleryExport.objects.filter(self._own_or_in_gallery),
            AccountExport.objects.filter(owner__in=self.owners),
        )

    @property
    def _own_or_in_gallery(self) -> Q:
        return Q(owner=self.owner) | Q(gallery=self.person.gallery_id)

    @property
    def import_lines(self) -> Iterator[list[int]]:
        for part in slices(self.anchor_ids):
            lines = ImportedFile.objects.filter(anchor__in=part)
            yield list(lines.values_list("pk", flat=True))

    @property
    def deliveries(self):
        """Messages that name the person by id."""
        mine = Delivery.objects.filter(webhook__owner__in=self.owners)
        return mine.filter(body__contains=str(self.person.pk))

    @cached_property
    def answers(self) -> list[int]:
        """Answers of the API that are kept for repeated requests, and say who it is."""
        kept = IdempotentRequest.objects.filter(owner__in=self.owners)
        named = json.dumps(self.person.name, ensure_ascii=False)
        found = set(kept.filter(body__contains=named).values_list("pk", flat=True))
        ids = [self.person.pk, *self.anchor_ids, *self.verdicts.named, *self.verdicts.unfinished]
        for part in slices([*ids, *self.shown]):
            found |= set(kept.filter(ids__value__in=part).values_list("pk", flat=True))
        return sorted(found)

    @cached_property
    def is_ambiguous(self) -> bool:
        return names.is_ambiguous(self.person)

    def texts(self) -> Iterator[names.Found]:
        """Texts in which the name stands: the owner's, and those that others have written about verdicts
        with the person, for in their own galleries somebody else may have the name."""
        named = [*self.verdicts.named, *self.shown]
        return names.texts_with(person=self.person, verdicts=named)

    @cached_property
    def batch_faces(self) -> list[UUID]:
        """Faces that batches have kept of a file that is among the person's photos."""
        files = {anchor.origin_sha256 for anchor in self.anchors} - {""}
        kept = BatchPhoto.objects.filter(batch__owner=self.owner).exclude(face="")
        keys = kept.values_list("pk", "key").iterator(chunk_size=2000)
        return [pk for pk, key in keys if key.partition(":")[0] in files]

    def counts(self) -> dict[str, int]:
        """What erasing takes away, as in words.COUNTED; nothing is changed."""
        texts = [] if self.is_ambiguous else list(self.texts())
        exports = sum(rows.count() for rows in self.exports)
        return {
            "people": 1,
            "anchors": len(self.anchors),
            "waiting": len(self.verdicts.unfinished),
            "verdicts_without_photos": len(self.shown),
            "live_sessions": len(self.live_sessions),
            "names": len(self.verdicts.named),
            "changes": len(self.changes),
            "imports": len(self.imports),
            "import_lines": sum(map(len, self.import_lines)),
            "exports": exports,
            "deliveries": self.deliveries.count(),
            "answers": len(self.answers),
            "texts": sum(len(found.columns) for found in texts),
        }

    def _with_the_same_photo(self) -> Iterator[UUID]:
        """Of the photos that are as large as one of the person's, those that are the same."""
        digests = {anchor.content_sha256 for anchor in self.anchors}
        sizes = {size for anchor in self.anchors for size in _sizes_of(anchor)}
        rows = Verification.objects.filter(owner__in=self.owners)
        for part in slices(sorted(sizes)):
            either = Q(probe_image_bytes__in=part) | Q(reference_image_bytes__in=part)
            for row in rows.filter(either, photos_erased_at=None):
                if _is_one_of(row.probe_image, digests) or _is_one_of(row.reference_image, digests):
                    yield row.pk
            searched = SearchPhoto.objects.filter(
                verification__owner__in=self.owners, image_bytes__in=part
            )
            for photo in searched:
                if _is_one_of(photo.image, digests):
                    yield photo.verification_id


def _owners(rows: "QuerySet[Any]", column: str = "owner") -> set[UUID]:
    return set(rows.order_by().values_list(column, flat=True).distinct())


def _sizes_of(anchor: Anchor) -> set[int]:
    """How large copies of a photo are on the disk: sealed as today, or as earlier versions did, in
    Fernet tokens (base64 of 57 bytes and of whole blocks of AES)."""
    sizes = {anchor.image_bytes}
    try:
        plain = len(left_out.read_photo(anchor.image))
    except left_out.PhotoUnreadable:
        return sizes
    chunks = max(1, -(-plain // CHUNK))
    fernet = 57 + 16 * (plain // 16 + 1)
    return sizes | {HEADER_BYTES + plain + chunks * TAG_BYTES, 4 * -(-fernet // 3)}


def _is_one_of(image: FieldFile, digests: set[str]) -> bool:
    if not image:
        return False
    try:
        return hashlib.sha256(left_out.read_photo(image)).hexdigest() in digests
    except left_out.PhotoUnreadable:
        return False


def person_erase_everywhere(*, owner: User, person: Person) -> Receipt:
    """Erase somebody of a gallery everywhere; the receipt, which is that of the account it belongs to.
    Raises ActionNotAllowed when the person is gone already, or `owner` is no owner of the gallery."""
    with transaction.atomic():
        lock(person.pk, role=Role.OWNER)
        if role_of(user=owner, gallery=person.gallery) != Role.OWNER:
            raise ActionNotAllowed(GONE)
        counts = person_erase(person=person)
        return receipts.receipt_add(
            owner_id=person.owner_id, reason=Receipt.Reason.REQUEST, counts=counts
        )


def person_erase(*, person: Person, is_one_of_many: bool = False) -> dict[str, int]:
    """Erase a person everywhere, in one transaction; what was erased, as in words.COUNTED. One of many
    has no line in the log: whoever ordered them to be erased has one for all.

    Verdicts stay, as numbers. Jobs under way that may hold the person are stopped. Raises
    ActionNotAllowed when the person is gone.
    """
    with transaction.atomic():
        # Whoever names or changes the person meanwhile holds the same lock.
        if not lock(person.pk) and not Person.all_objects.filter(pk=person.pk).exists():
            raise ActionNotAllowed(GONE)
        traces = Traces(person)
        counts = traces.counts()
        erased.note(erased.EVERYWHERE, [person.pk])
        if not is_one_of_many:
            record(action=Action.ERASED, object=person)
        if not traces.is_ambiguous:
            names.erase_texts(traces.texts())
        for session in traces.live_sessions:
            end_unfinished(session, PERSON_DELETED)
        _erase_verdicts(traces, counts)
        _erase_transfers(traces)
        _erase_messages(traces)
        for part in slices(traces.changes):
            Change.objects.filter(pk__in=part).delete()
        _leave_change(person)
        Person.all_objects.filter(pk=person.pk).delete()
    return counts


def _leave_change(person: Person) -> None:
    """Of many people deleted at once the others can still be brought back."""
    if person.deleted_in_id is None:
        return
    many = Change.objects.select_for_update().filter(kind=Change.Kind.PEOPLE_DELETED)
    if change := many.filter(pk=person.deleted_in_id).first():
        change.payload["people"].pop(str(person.pk), None)
        change.save(update_fields=["payload"])


def _erase_verdicts(traces: Traces, counts: dict[str, int]) -> None:
    verdicts = traces.verdicts
    for part in slices(verdicts.unfinished):
        Verification.objects.filter(pk__in=part).delete()
    erased.note(erased.PHOTOS, traces.shown)
    erased.note(erased.CROPS, traces.shown)
    erased.note(erased.NAMES, verdicts.named)
    verdicts.erase_names()
    counts["photos"] = photos_erase(traces.shown, why=WHY)["photos"]
    counts["crops"] = crops_erase(traces.shown, why=WHY)["crops"]
    erased.note(erased.BATCH_FACES, traces.batch_faces)
    for part in slices(traces.batch_faces):
        counts["crops"] += batch_faces_erase(part)["crops"]


def _erase_transfers(traces: Traces) -> None:
    """What is not added yet goes whole, as every export does."""
    GalleryImport.objects.filter(pk__in=traces.imports).delete()
    person = str(traces.person.pk)
    for job in GalleryImport.objects.filter(owner__in=traces.owners).exclude(people={}):
        left = {folder: id for folder, id in job.people.items() if id != person}
        GalleryImport.objects.filter(pk=job.pk).update(people=left)
    for lines in traces.import_lines:
        ImportedFile.objects.filter(pk__in=lines).delete()
    for rows in traces.exports:
        rows.delete()


def _erase_messages(traces: Traces) -> None:
    """A message that still waits goes out without the person."""
    waiting = traces.deliveries.filter(state__in=(PENDING, RUNNING))
    named = json.dumps(str(traces.person.pk))
    for delivery in waiting:
        without = delivery.body.replace(named, "null")
        Delivery.objects.filter(pk=delivery.pk).update(body=without)
    traces.deliveries.delete()
    for part in slices(traces.answers):
        IdempotentRequest.objects.filter(pk__in=part).delete()
