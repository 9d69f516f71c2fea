"""What a worker does to import a gallery, in turns of some seconds, so that other jobs get theirs."""

import hashlib
import json
import time

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet

from faceverify.api.errors import QuotaExceeded

from .. import engine
from ..gallery import services as gallery
from ..gallery.changes import CONSENT
from ..gallery.embed_photos import PHOTOS_AT_ONCE, call_waiting
from ..gallery.gallery_models import NAME_LENGTH
from ..gallery.locks import slices
from ..gallery.models import Anchor, Person
from ..jobs.claims import Claim, end_refused, renew, requeue
from ..jobs.models import PENDING, RUNNING
from ..jobs.refusals import Refusal as JobRefusal
from ..jobs.services import ActionNotAllowed
from ..photos import left_out
from ..photos.archives import open_archive
from ..photos.zip_reader import Archive, ArchiveRefused, Entry, FileRefused, Limits
from ..text.sentences import sentence
from .lines import folder_of, has_folder, of_nobody, only, refused_line, without_folder
from .manifest import NAME, PersonSpec, PhotoSpec, parse
from .models import GalleryImport, ImportedFile
from .sources.fetching import fetch
from .sources.packing import MISSING

NO_FILES = sentence("The ZIP holds no files.")
PACK_FOLDERS = sentence("Pack a folder for each person, with the photos in it.")
OUR_FAULT = sentence("Something went wrong on our side.")
TRY_AGAIN = sentence("Try this photo again on its page.")
THEN_IMPORT_AGAIN = sentence("%(remedy)s Then import the ZIP again.")
DELETED_MEANWHILE = sentence("The person was deleted while the photos were added.")
IMPORT_AGAIN = sentence("Import the ZIP again if that was a mistake.")
PERSON_DELETED = sentence("The person was deleted.")

TURN = 10.0  # seconds of adding photos before the queue's next task has its turn
BEAT = 2.0  # seconds between two renewals of the lease
PAUSE = 1.0  # seconds until the next turn while faces are being embedded
MANY = 500
FEW = 20  # files of an import whose photos somebody may be waiting for

Outcome = ImportedFile.Outcome


def import_gallery(claim: "Claim[GalleryImport]") -> bool:
    """One turn of an import; True when it ended."""
    job = claim.row
    if job.total is not None and job.files.count() == job.total and _looking(job):
        requeue(claim, countdown=PAUSE)
        return False
    if not job.size and job.source != GalleryImport.Source.ZIP:
        return fetch(claim)
    try:
        with Source(job) as source:
            if job.total is None and not source.check(claim):
                return False
            if not source.add(claim):
                requeue(claim, countdown=0)
                return False
            if _looking(job):
                requeue(claim, countdown=PAUSE)
                return False
            ended = source.finish(claim)
    except ArchiveRefused as error:
        ended = end_refused(claim, JobRefusal(error.code, error.detail, error.remedy))
    if ended:
        job.delete_files()
    return ended


class Source:
    """The ZIP of an import, and the person to whom each of its files goes."""

    def __init__(self, job: GalleryImport):
        self.job = job
        self.people: dict[str, Person] = {}
        self.specs: dict[str, PersonSpec] = {}
        self.nameless: dict[str, PhotoSpec] = {}
        self.added = 0  # in this turn
        # Whether photos are first looked for in the gallery: after one that was there others follow.
        self.meets_known = True

    def __enter__(self):
        self._file = open_archive(self.job.folder, self.job.size)
        limits = Limits(total_bytes=4 * settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2)
        documents = (NAME, left_out.NAME, MISSING)
        self.archive = Archive(self._file, limits=limits, documents=documents)
        self._read_manifest()
        return self

    def __exit__(self, *_error) -> None:
        self._file.close()

    def _read_manifest(self) -> None:
        try:
            manifest = self.archive.document(NAME)
        except FileRefused as error:
            refusal = error.refusal
            raise ArchiveRefused(refusal.code, refusal.detail, refusal.remedy) from None
        if manifest is not None:
            described = parse(manifest)
            self.specs, self.nameless = described.people, described.nameless

    def check(self, claim: "Claim[GalleryImport]") -> bool:
        """Read everything once before anything is added, and report what is refused; False when
        the claim was lost."""
        self.archive.check()
        photos, refused = self.archive.photos, list(self.archive.refused)
        refused += [without_folder(entry) for entry in photos if not has_folder(entry)]
        refused += filter(None, (of_nobody(entry) for entry in photos if has_folder(entry)))
        missing = self._missing()
        if not (photos or refused or missing or self.specs):
            raise ArchiveRefused(
                "archive_empty",
                NO_FILES,
                PACK_FOLDERS,
            )
        lines = [refused_line(self.job, refusal) for refusal in refused]
        total = len(photos) + len(self.archive.refused)
        lines += missing
        total += len(missing)
        with transaction.atomic():
            ImportedFile.objects.filter(job=self.job).delete()
            ImportedFile.objects.bulk_create(lines, batch_size=MANY)
            self.job.total = total
            return renew(claim, total=total)

    def _missing(self) -> list[ImportedFile]:
        """Lines of photos that the source of the ZIP could not give; a ZIP that was sent has none."""
        document = self.archive.document(MISSING)
        if self.job.source == GalleryImport.Source.ZIP or document is None:
            return []
        return [
            ImportedFile(
                job=self.job,
                number=number,
                path=row["path"],
                person_name=row["person"],
                outcome=Outcome.REFUSED,
                code=row["code"],
                detail=row["detail"],
                remedy=row["remedy"],
            )
            for number, row in enumerate(json.loads(document), start=self.archive.files)
        ]

    def add(self, claim: "Claim[GalleryImport]") -> bool:
        """Add photos until the turn is over; True when none is left."""
        done = set(self.job.files.values_list("number", flat=True))
        left = [entry for entry in self.archive.photos if entry.number not in done]
        left.sort(key=lambda entry: (folder_of(entry), entry.number))
        started = renewed = time.monotonic()
        for entry in left:
            now = time.monotonic()
            if now > renewed + BEAT:
                if not renew(claim):
                    return False
                renewed = now
            if now > started + TURN:
                return False
            self._add_one(claim, entry)
        return True

    def finish(self, claim: "Claim[GalleryImport]") -> bool:
        """Set the covers of the exported gallery, report the photos whose face the worker refused,
        and end the job."""
        self._set_covers()
        bad = (Anchor.State.REFUSED, Anchor.State.FAILED)
        lines = self.job.files.filter(outcome=Outcome.ADDED, anchor__state__in=bad)
        with transaction.atomic():
            for line in list(lines.select_related("anchor").defer("anchor__embedding")):
                if anchor := line.anchor:
                    line.outcome = Outcome.REFUSED
                    line.code = anchor.refusal_code or anchor.failure_code
                    line.detail = anchor.refusal_detail or OUR_FAULT
                    line.remedy = anchor.refusal_remedy or TRY_AGAIN
                    line.save()
            return claim.end(GalleryImport.State.DONE)

    def _add_one(self, claim: "Claim[GalleryImport]", entry: Entry) -> None:
        """One photo and its line of the report, both or neither."""
        folder = folder_of(entry)
        spec = self.specs.get(folder)
        line = ImportedFile(job=self.job, number=entry.number, path=entry.path)
        nameless = self.nameless.get("/".join(entry.parts))
        if nameless is None:
            name = spec.fields["name"] if spec else entry.parts[-2][:NAME_LENGTH].strip()
            line.person_name = name
        before = dict(self.job.people), self.job.people_added
        try:
            data = self.archive.read(entry)
            raw = hashlib.sha256(data).hexdigest()
            named = PhotoSpec(entry.parts[-1])
            photo = nameless or (spec.photos.get(entry.parts[-1], named) if spec else named)
            there = photo.among({raw, photo.sha256 or raw})
            clean = None
            if not (self.meets_known and self._seems_known(folder, spec, line, there)):
                clean = _clean(data)  # takes longest, and needs no lock
            with transaction.atomic():
                if not claim.held.exists():
                    return
                people = [] if nameless else self._people(spec, folder, line.person_name)
                if earlier := self._known(people, there, nameless is not None):
                    line.outcome, line.anchor = Outcome.PRESENT, earlier
                else:
                    line.anchor = gallery.anchor_add_clean(
                        person=None if nameless else only(people, line),
                        gallery=self.job.gallery,
                        photo=clean or _clean(data),
                        origin_sha256=photo.sha256 or raw,
                        file_name=photo.name,
                        face_index=photo.face_index,
                        external_id=photo.external_id,
                        metadata=photo.metadata,
                        is_bulk=(self.job.total or 0) > FEW,
                        is_called=self.added % PHOTOS_AT_ONCE == 0,
                    )
                    self.added += line.anchor.is_new
                    line.outcome = Outcome.ADDED if line.anchor.is_new else Outcome.PRESENT
                line.save(force_insert=True)
            self.meets_known = line.outcome == Outcome.PRESENT
            return
        except FileRefused as error:
            reason = error.refusal.code, error.refusal.detail, error.refusal.remedy
        except engine.ImageRefused as error:
            reason = error.code, error.detail, error.remedy
        except QuotaExceeded as error:
            reason = (
                "quota_exceeded",
                error.detail,
                THEN_IMPORT_AGAIN % {"remedy": error.remedy},
            )
        except ActionNotAllowed:
            reason = (
                "person_deleted",
                DELETED_MEANWHILE,
                IMPORT_AGAIN,
            )
        # What was made of the person was rolled back with the photo.
        self.job.people, self.job.people_added = before
        line.outcome, line.anchor = Outcome.REFUSED, None
        line.code, line.detail, line.remedy = reason
        line.save(force_insert=True)

    def _seems_known(
        self, folder: str, spec: PersonSpec | None, line: ImportedFile, there: Q
    ) -> bool:
        """Whether the gallery has a photo already, as it looks without a lock; somebody without a name
        is not meant by `line`."""
        if not line.person_name:
            return self._known([], there, nameless=True) is not None
        guess = self._people_there(folder, spec, line.person_name)
        return self._known(guess, there, nameless=False) is not None

    def _people_there(self, folder: str, spec: PersonSpec | None, name: str) -> list[Person]:
        """As `_people`, but only those who exist already, and without a lock: a guess."""
        people = Person.objects.filter(gallery=self.job.gallery_id)
        if spec is None:
            return list(people.filter(name=name))
        return list(people.filter(pk=self.job.people.get(folder)))

    def _people(self, spec: PersonSpec | None, folder: str, name: str) -> list[Person]:
        """The one person a folder stands for; everybody of that name where it is not clear."""
        # One import at a time may look for a name and make a person of it.
        owners = get_user_model().objects.select_for_update()
        owner = owners.get(pk=self.job.owner_id)
        if spec is not None:
            return [self._described(spec, owner)]
        people = list(self._called(name).order_by("created_at", "id"))
        return people or [self._created(owner, {"name": name})]

    def _described(self, spec: PersonSpec, owner) -> Person:
        """The person whom gallery.json describes: the one with the external id; else one of that name who
        has one of the photos; else the only one of that name, if the ZIP has no other; else a new one.
        Details that an existing person lacks are filled in."""
        taken = self.job.people
        if known := taken.get(spec.folder):
            person = Person.objects.filter(pk=known).first()
            if person is None:
                raise ActionNotAllowed(PERSON_DELETED)
            return person
        name = spec.fields["name"]
        found = self._called(name).exclude(pk__in=taken.values())
        hashes = [photo.sha256 for photo in spec.photos.values() if photo.sha256][:MANY]
        same = Q(anchors__content_sha256__in=hashes) | Q(anchors__origin_sha256__in=hashes)
        person = found.filter(same, anchors__deleted_in=None).order_by("created_at", "id").first()
        alone = sum(other.fields["name"] == name for other in self.specs.values()) == 1
        if person is None and alone and found.count() == 1:
            person = found.get()
        if outside := spec.fields["external_id"]:
            known_outside = Person.objects.filter(gallery=self.job.gallery_id, external_id=outside)
            person = known_outside.first() or (None if person and person.external_id else person)
        if person is None:
            person = self._created(owner, spec.fields)
        else:
            _fill_in(person, spec.fields)
        taken[spec.folder] = str(person.pk)
        GalleryImport.objects.filter(pk=self.job.pk).update(people=taken)
        return person

    def _known(self, people: list[Person], there: Q, nameless: bool) -> Anchor | None:
        """The anchor of one of these people, or of nobody named, that is this photo."""
        if nameless:
            rows = Anchor.objects.filter(there, gallery=self.job.gallery_id, person=None)
            return rows.defer("embedding").first()
        for part in slices(people):
            if anchor := Anchor.objects.filter(there, person__in=part).defer("embedding").first():
                return anchor
        return None

    def _created(self, owner, fields: dict) -> Person:
        self.job.people_added += 1
        GalleryImport.objects.filter(pk=self.job.pk).update(people_added=self.job.people_added)
        return gallery.person_create(owner=owner, gallery=self.job.gallery, **fields)

    def _called(self, name: str) -> QuerySet[Person]:
        return Person.objects.filter(gallery=self.job.gallery_id, name=name)

    def add_people_without_photos(self) -> None:
        """Those that gallery.json describes and that have no photo in the ZIP."""
        for folder, spec in self.specs.items():
            if folder not in self.job.people:
                with transaction.atomic():
                    self._people(spec, folder, spec.fields["name"])

    def _set_covers(self) -> None:
        self.add_people_without_photos()
        covers = [f"{folder}/{spec.cover}" for folder, spec in self.specs.items() if spec.cover]
        ready = Anchor.objects.filter(state=Anchor.State.READY).defer("embedding")
        for part in slices(covers):
            lines = self.job.files.filter(outcome=Outcome.ADDED, path__in=part)
            for anchor in ready.filter(pk__in=lines.values("anchor")).select_related("person"):
                if anchor.person is not None:
                    gallery.person_set_cover(person=anchor.person, anchor=anchor)


def _looking(job: GalleryImport) -> bool:
    """Whether a worker has still to find faces in photos of this import; for those that wait a message is
    sent again, since one stands for several of them."""
    looking = job.files.filter(
        outcome=Outcome.ADDED, anchor__state__in=(PENDING, RUNNING), anchor__deleted_in=None
    )
    if not looking.exists():
        return False
    call_waiting(looking.filter(anchor__state=PENDING).order_by("number").values_list("anchor"))
    return True


def _fill_in(person: Person, fields: dict) -> None:
    """Add details that the person lacks; a consent only where none is recorded."""
    has_consent = any(getattr(person, name) for name in CONSENT)
    missing = {
        name: value
        for name, value in fields.items()
        if value and not getattr(person, name) and not (has_consent and name in CONSENT)
    }
    if missing:
        gallery.person_update(person=person, **missing)


def _clean(data: bytes) -> bytes:
    with engine.one_of_many():
        return engine.sanitize(data)
