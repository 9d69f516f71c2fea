"""What a worker does to import a gallery, in turns of some seconds, so that other jobs get theirs."""

import json
import time
from collections import Counter, deque

from django.conf import settings
from django.db import transaction

from accounts.owner_lock import owner_locked

from ..gallery import services as gallery
from ..gallery.embed_photos import call_waiting
from ..gallery.locks import slices
from ..gallery.models import Anchor
from ..jobs.claims import Claim, end_refused, renew, requeue
from ..jobs.models import PENDING, RUNNING
from ..jobs.refusals import Refusal as JobRefusal
from ..photos import left_out
from ..photos.archives import open_archive
from ..photos.zip_reader import Archive, ArchiveRefused, FileRefused, Limits
from ..text.sentences import sentence
from .adding import Adding
from .lines import folder_of, has_folder, of_nobody, refused_line, without_folder
from .manifest import NAME, PersonSpec, PhotoSpec, parse
from .models import GalleryImport, ImportedFile
from .people import People
from .sources.fetching import fetch
from .sources.packing import MISSING

NO_FILES = sentence("The ZIP holds no files.")
PACK_FOLDERS = sentence("Pack a folder for each person, with the photos in it.")
OUR_FAULT = sentence("Something went wrong on our side.")
TRY_AGAIN = sentence("Try this photo again on its page.")

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
        self.specs: dict[str, PersonSpec] = {}
        self.nameless: dict[str, PhotoSpec] = {}

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
        is_bulk = (self.job.total or 0) > FEW
        adding = Adding(claim, self.archive, self.specs, self.nameless, is_bulk=is_bulk)
        entries = deque(left)
        started = renewed = time.monotonic()
        while entries:
            now = time.monotonic()
            if now > renewed + BEAT:
                if not renew(claim):
                    return False
                renewed = now
            if now > started + TURN or not adding.add_some(entries):
                return False
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

    def add_people_without_photos(self) -> None:
        """Those that gallery.json describes and that have no photo in the ZIP."""
        namesakes = Counter(spec.fields["name"] for spec in self.specs.values())
        for folder, spec in self.specs.items():
            if folder not in self.job.people:
                with owner_locked(self.job.gallery.owner_id):
                    people = People(self.job, [spec], [], namesakes)
                    people.keep(people.described(spec))
                    people.store()

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
