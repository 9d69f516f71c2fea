"""What a worker does to export a gallery: one pass over the photos into a ZIP."""

import json
import time
import zipfile

from django.conf import settings
from django.db.models import QuerySet

from ..gallery.models import Anchor, Person
from ..jobs.claims import Claim, renew
from ..jobs.clock import later
from ..jobs.tables import csv_lines
from ..photos import left_out
from ..photos.archives import new_archive
from .manifest import FORMAT, NAME, VERSION
from .models import GalleryExport
from .names import folder_name

NAMELESS = "Faces without a name"  # the folder of photos that have no person
BEAT = 2.0  # seconds between two notes of progress
LISTED = 100  # photos left out that the row names; left-out.csv names them all
LEFT_OUT_COLUMNS = ("person", "photo", "added", "reason")


class ClaimLost(Exception):
    """The export was deleted, or another worker has it."""


def export_gallery(claim: "Claim[GalleryExport]") -> bool:
    """Write the ZIP and end the job. What a lost run has written goes first."""
    job = claim.row
    job.delete_files()
    stem = claim.token.hex
    writer = new_archive(job.folder, stem)
    try:
        with zipfile.ZipFile(writer, "w", zipfile.ZIP_STORED) as archive:
            packing = Packing(claim, archive)
            packing.pack()
        writer.finish()
    except ClaimLost:
        if not GalleryExport.objects.filter(pk=job.pk).exists():
            job.delete_files()
        return False
    finally:
        writer.discard()
    return claim.end(
        GalleryExport.State.DONE,
        size=writer.size,
        stem=stem,
        written=packing.written,
        total=packing.written + len(packing.left_out),
        left_out_count=len(packing.left_out),
        left_out=packing.left_out[:LISTED],
        expires_at=later(3600 * settings.FACEVERIFY_EXPORT_HOURS),
    )


class Packing:
    """One run of an export: `written` photos are in the archive, those in `left_out` are not."""

    def __init__(self, claim: "Claim[GalleryExport]", archive: zipfile.ZipFile):
        self.claim, self.archive = claim, archive
        self.written = 0
        self.left_out: list[dict[str, str]] = []
        self._people = _chosen(claim.row)
        self._nameless = _nameless(claim.row)
        named = Anchor.objects.filter(person__in=self._people)
        self._total = named.count() + self._nameless.count()
        self._beat = 0.0

    def pack(self) -> None:
        """Write photos, gallery.json, and the list of what is left out. Raises ClaimLost."""
        folders: set[str] = set()
        people = self._people.order_by("name", "created_at", "id")
        described = [self._pack_person(each, folder_name(each.name, folders)) for each in people]
        nameless = self._pack_nameless(folder_name(NAMELESS, folders))
        manifest = {
            "format": FORMAT, "version": VERSION, "people": described, "nameless": nameless,
        }  # fmt: skip
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        self.archive.writestr(NAME, text, zipfile.ZIP_DEFLATED)
        if self.left_out:
            rows = (photo.values() for photo in self.left_out)
            table = "".join(csv_lines(LEFT_OUT_COLUMNS, rows))
            self.archive.writestr(left_out.NAME, table, zipfile.ZIP_DEFLATED)

    def _pack_person(self, person: Person, folder: str) -> dict:
        photos, cover = [], None
        anchors = person.anchors.defer("embedding").order_by("created_at", "id")
        for number, anchor in enumerate(anchors.iterator(chunk_size=200), start=1):
            file = f"{number:04}.jpg"
            if not self._pack_photo(anchor, f"{folder}/{file}", person.name):
                continue
            photos.append(_photo(anchor, file))
            cover = file if anchor.pk == person.cover_id else cover
        return _person(person, folder, photos, cover)

    def _pack_nameless(self, folder: str) -> list[dict]:
        """The photos of people who have no name yet."""
        photos = []
        anchors = self._nameless.defer("embedding").order_by("created_at", "id")
        for number, anchor in enumerate(anchors.iterator(chunk_size=200), start=1):
            file = f"{folder}/{number:06}.jpg"
            if self._pack_photo(anchor, file, ""):
                photos.append(_photo(anchor, file))
        return photos

    def _pack_photo(self, anchor: Anchor, file: str, name: str) -> bool:
        """Whether it is in the archive now."""
        self._renew()
        if anchor.is_numbers:
            self._leave_out(name, anchor, left_out.NO_PHOTO)
            return False
        try:
            data = left_out.read_photo(anchor.image)
        except left_out.PhotoUnreadable as error:
            self._leave_out(name, anchor, str(error))
            return False
        self.archive.writestr(file, data)
        self.written += 1
        return True

    def _leave_out(self, name: str, anchor: Anchor, reason: str) -> None:
        if not Anchor.objects.filter(pk=anchor.pk).exists():
            return  # deleted while the archive was made
        values = (name, anchor.file_name, f"{anchor.created_at:%Y-%m-%d}", reason)
        self.left_out.append(dict(zip(LEFT_OUT_COLUMNS, values, strict=True)))

    def _renew(self) -> None:
        if time.monotonic() > self._beat + BEAT:
            if not renew(self.claim, written=self.written, total=self._total):
                raise ClaimLost
            self._beat = time.monotonic()


def _chosen(job: GalleryExport) -> QuerySet[Person]:
    people = Person.objects.filter(gallery=job.gallery_id)
    return people.filter(pk__in=job.people) if job.people else people


def _nameless(job: GalleryExport) -> QuerySet[Anchor]:
    """Those without a person are only in an export of the whole gallery."""
    anchors = Anchor.objects.filter(gallery=job.gallery_id, person=None)
    return anchors.none() if job.people else anchors


def _person(person: Person, folder: str, photos: list, cover: str | None) -> dict:
    at, until = person.consent_at, person.consent_until
    return {
        "folder": folder,
        "name": person.name,
        "note": person.note,
        "tags": person.tags,
        "consent": {
            "given_by": person.consent_given_by,
            "at": at.isoformat() if at else None,
            "for": person.consent_for,
            "until": until.isoformat() if until else None,
        },
        "external_id": person.external_id,
        "metadata": person.metadata,
        "cover": cover,
        "photos": photos,
    }


def _photo(anchor: Anchor, file: str) -> dict:
    return {
        "file": file,
        "name": anchor.file_name,
        "sha256": anchor.origin_sha256 or anchor.content_sha256,
        "face_index": anchor.face_index,
        "external_id": anchor.external_id,
        "metadata": anchor.metadata,
    }
