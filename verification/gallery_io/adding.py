"""Adding the photos of an import to its gallery: several in one transaction with their lines of the report,
all of them or none. What is wrong with one is said of that one."""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from uuid import UUID

import structlog
from django.db import transaction

from accounts.owner_lock import owner_locked
from faceverify.api.errors import QuotaExceeded

from .. import engine
from ..gallery.adding_many import AnchorsToAdd, KnownPhotos, anchor_prepare, directly, files_delete
from ..gallery.gallery_models import NAME_LENGTH
from ..gallery.models import Anchor, Person
from ..jobs.claims import Claim
from ..jobs.errors import TRANSIENT_DATABASE_ERRORS
from ..jobs.services import ActionNotAllowed
from ..photos.storage import FILES_AT_ONCE
from ..photos.zip_reader import Archive, Entry, FileRefused
from ..text.sentences import sentence
from .lines import folder_of, only
from .manifest import PersonSpec, PhotoSpec
from .models import GalleryImport, ImportedFile
from .people import People, called

THEN_IMPORT_AGAIN = sentence("%(remedy)s Then import the ZIP again.")
DELETED_MEANWHILE = sentence("The person was deleted while the photos were added.")
IMPORT_AGAIN = sentence("Import the ZIP again if that was a mistake.")

AT_ONCE = 64  # photos in one transaction
BYTES = 16 * 1024**2  # of them that are in memory at a time
SECONDS = 1.0  # of cleaning them before what is there is stored

Outcome = ImportedFile.Outcome
Whose = Sequence[UUID | None]  # people; None: nobody named

logger = structlog.get_logger(__name__)


@dataclass
class Photo:
    """A photo of the ZIP on its way, with its line of the report."""

    line: ImportedFile
    folder: str
    spec: PersonSpec | None
    told: PhotoSpec
    is_nameless: bool
    data: bytes = b""  # until it is cleaned
    origin: str = ""
    hashes: set[str] = field(default_factory=set)
    anchor: Anchor | None = None  # its file is stored; None: the gallery seems to have the photo
    is_usable: bool = True

    def refuse(self, error: Exception) -> None:
        if isinstance(error, FileRefused):
            reason = error.refusal.code, error.refusal.detail, error.refusal.remedy
        elif isinstance(error, engine.ImageRefused):
            reason = error.code, error.detail, error.remedy
        elif isinstance(error, QuotaExceeded):
            remedy = THEN_IMPORT_AGAIN % {"remedy": error.remedy}
            reason = "quota_exceeded", error.detail, remedy
        else:
            reason = "person_deleted", DELETED_MEANWHILE, IMPORT_AGAIN
        self.line.outcome, self.line.anchor = Outcome.REFUSED, None
        self.line.code, self.line.detail, self.line.remedy = reason


class Adding:
    """Adds photos of an import, as many as a turn has time for.

    Args:
        specs: the people whom gallery.json describes, by folder.
        nameless: the photos of nobody that it describes, by path.
    """

    def __init__(
        self,
        claim: Claim[GalleryImport],
        archive: Archive,
        specs: dict[str, PersonSpec],
        nameless: dict[str, PhotoSpec],
        *,
        is_bulk: bool,
    ):
        self._claim, self._job, self._archive = claim, claim.row, archive
        self._specs, self._nameless, self._is_bulk = specs, nameless, is_bulk
        self._namesakes = Counter(spec.fields["name"] for spec in specs.values())
        self._added = 0

    def add_some(self, entries: deque[Entry]) -> bool:
        """Add the first of these photos, as many as a moment suffices for, and take them out; False when
        the claim was lost."""
        photos: list[Photo] = []
        try:
            for entry in islice(entries, AT_ONCE):
                photos.append(self._read(entry))
                if sum(len(photo.data) for photo in photos) > BYTES:
                    break
            error = self._prepare_all(photos)
            stored = self._store(photos)
        except TRANSIENT_DATABASE_ERRORS:
            raise  # perhaps they are stored: if not, the pruning finds their files
        except BaseException:
            files_delete(photo.anchor for photo in photos if photo.anchor)
            raise
        left = [p for p in photos if not (stored and p.line.outcome == Outcome.ADDED)]
        files_delete(photo.anchor for photo in left if photo.anchor)
        for _stored in photos:
            entries.popleft()
        if error is not None:
            raise error
        return stored

    def _read(self, entry: Entry) -> Photo:
        folder, file = folder_of(entry), entry.parts[-1]
        spec, nameless = self._specs.get(folder), self._nameless.get("/".join(entry.parts))
        line = ImportedFile(job=self._job, number=entry.number, path=entry.path)
        if nameless is None:
            name = spec.fields["name"] if spec else entry.parts[-2][:NAME_LENGTH].strip()
            line.person_name = name
        told = nameless or (spec.photos.get(file) if spec else None) or PhotoSpec(file)
        photo = Photo(line, folder, spec, told, is_nameless=nameless is not None)
        try:
            photo.data = self._archive.read(entry)
        except FileRefused as error:
            photo.is_usable = False
            photo.refuse(error)
            return photo
        raw = hashlib.sha256(photo.data).hexdigest()
        photo.origin = told.sha256 or raw
        photo.hashes = {raw, photo.origin}
        return photo

    def _prepare_all(self, photos: list[Photo]) -> Exception | None:
        """Clean and write those that the gallery, asked without a lock, does not seem to have. Leaves out
        the rest when the time is over, or after an error that is no photo's fault, which it gives."""
        until = time.monotonic() + SECONDS
        known = self._known(photos)
        people = self._guess(photos) if known else {}
        writing: list[tuple[int, Future[None]]] = []
        end: int = len(photos)
        found: Exception | None = None
        with ThreadPoolExecutor(FILES_AT_ONCE) as files:
            for at, photo in enumerate(photos):
                whose: Whose = [None] if photo.is_nameless else people.get(photo.folder, [])
                if at and time.monotonic() > until:
                    end = at
                    break
                if not photo.is_usable or _earlier(known, photo, whose):
                    continue
                try:
                    self._prepare(photo, partial(_later, files, writing, at))
                except engine.ImageRefused as error:
                    photo.is_usable = False
                    photo.refuse(error)
                except Exception as error:
                    end, found = at, error
                    break
        for at, written in writing:
            if isinstance(problem := written.exception(), Exception):
                end, found = at, problem
                break
        files_delete(photo.anchor for photo in photos[end:] if photo.anchor)
        del photos[end:]
        return found

    def _prepare(
        self, photo: Photo, write: Callable[[Callable[[], None]], object] = directly
    ) -> None:
        with engine.one_of_many():
            clean = engine.sanitize(photo.data)
        photo.anchor = anchor_prepare(
            gallery=self._job.gallery,
            photo=clean,
            origin_sha256=photo.origin,
            file_name=photo.told.name,
            face_index=photo.told.face_index,
            external_id=photo.told.external_id,
            metadata=photo.told.metadata,
            is_bulk=self._is_bulk,
            write=write,
        )
        photo.data = b""

    def _guess(self, photos: Sequence[Photo]) -> dict[str, Whose]:
        """By folder those whom `People` will find, as it looks without a lock."""
        named = called(self._job, {p.line.person_name for p in photos if p.spec is None})
        found: dict[str, Whose] = {}
        for photo in photos:
            if photo.spec is None:
                found[photo.folder] = [each.pk for each in named.get(photo.line.person_name, ())]
            elif pk := self._job.people.get(photo.folder):
                found[photo.folder] = [UUID(str(pk))]
        return found

    def _store(self, photos: Sequence[Photo]) -> bool:
        """False when the claim was lost. Where they cannot be stored together, each is by itself."""
        if not photos:
            return True
        before = dict(self._job.people), self._job.people_added
        try:
            with transaction.atomic():
                if not self._claim.held.exists():
                    return False
                self._store_all(photos)
        except BaseException as error:
            # What was made of people was rolled back with the photos.
            self._job.people, self._job.people_added = before
            one_is_to_blame = isinstance(error, Exception) and len(photos) > 1
            if not one_is_to_blame or isinstance(error, TRANSIENT_DATABASE_ERRORS):
                raise
            logger.warning("not_stored_together", rows=len(photos), error=type(error).__name__)
        else:
            self._added += sum(photo.line.outcome == Outcome.ADDED for photo in photos)
            return True
        return all(self._store([photo]) for photo in photos)

    def _store_all(self, photos: Sequence[Photo]) -> None:
        with owner_locked(self._job.gallery.owner_id):
            usable = [photo for photo in photos if photo.is_usable]
            named = [photo for photo in usable if not photo.is_nameless]
            specs = [photo.spec for photo in named if photo.spec]
            names = {photo.line.person_name for photo in named if photo.spec is None}
            people = People(self._job, specs, names, self._namesakes)
            known = self._known(usable)
            adding = AnchorsToAdd(self._job.gallery, known)
            for photo in usable:
                try:
                    self._place(photo, people, known, adding)
                except (FileRefused, engine.ImageRefused, QuotaExceeded, ActionNotAllowed) as error:
                    photo.refuse(error)
            people.store()
            adding.store(self._added)
            for photo in photos:
                photo.line.pk = None  # it may have been stored, and taken back
            ImportedFile.objects.bulk_create([photo.line for photo in photos])

    def _place(
        self, photo: Photo, people: People, known: KnownPhotos, adding: AnchorsToAdd
    ) -> None:
        meant: list[Person] = []
        if not photo.is_nameless:
            name = photo.line.person_name
            meant = [people.described(photo.spec)] if photo.spec else people.called(name)
        whose: Whose = [None] if photo.is_nameless else [person.pk for person in meant]
        earlier = _earlier(known, photo, whose)
        if earlier is None:
            person = None if photo.is_nameless else only(meant, photo.line)
            if photo.anchor is None:  # the gallery had it a moment ago
                self._prepare(photo)
            assert photo.anchor is not None
            earlier = adding.add(photo.anchor, person)
            if earlier is None:
                if person is not None:
                    people.keep(person)
                photo.line.outcome, photo.line.anchor = Outcome.ADDED, photo.anchor
                return
        photo.line.outcome, photo.line.anchor = Outcome.PRESENT, earlier

    def _known(self, photos: Sequence[Photo]) -> KnownPhotos:
        hashes = {digest for photo in photos for digest in photo.hashes}
        hashes |= {photo.anchor.content_sha256 for photo in photos if photo.anchor}
        return KnownPhotos(self._job.gallery_id, hashes)


def _later(
    files: ThreadPoolExecutor,
    writing: list[tuple[int, Future[None]]],
    at: int,
    write: Callable[[], None],
) -> None:
    writing.append((at, files.submit(write)))


def _earlier(known: KnownPhotos, photo: Photo, whose: Whose) -> Anchor | None:
    """The oldest anchor of one of these people that is this photo."""
    rows = [row for row in known.of(photo.hashes, whose) if photo.told.is_in(row)]
    return min(rows, key=lambda row: (row.created_at, row.pk), default=None)
