"""What a worker does to export a gallery: one pass over the photos into a ZIP in parts."""

import json
import time
import zipfile
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from ..gallery.models import Anchor, Person
from ..jobs.claims import Claim, renew
from ..photos.encrypted_parts import PartWriter
from ..photos.storage import FileUnreadable
from .manifest import FORMAT, NAME, VERSION
from .models import GalleryExport

BEAT = 2.0  # seconds between two notes of progress


class ClaimLost(Exception):
    """The export was deleted, or another worker has it."""


def export_gallery(claim: Claim) -> bool:
    """Write the ZIP and end the job. What a lost run has written goes first."""
    job = claim.row
    job.delete_files()
    writer = PartWriter(job.folder, claim.token.hex)
    try:
        with zipfile.ZipFile(writer, "w", zipfile.ZIP_STORED) as archive:
            written = _write(claim, archive)
        writer.finish()
    except ClaimLost:
        if not GalleryExport.objects.filter(pk=job.pk).exists():
            job.delete_files()
        return False
    return claim.end(
        GalleryExport.State.DONE,
        size=writer.size,
        stem=writer.stem,
        written=written,
        total=written,
        expires_at=timezone.now() + timedelta(hours=settings.FACEVERIFY_EXPORT_HOURS),
    )


def _write(claim: Claim, archive: zipfile.ZipFile) -> int:
    owner = claim.row.owner_id
    total = Anchor.objects.filter(owner_id=owner).count()
    people, folders, written, told = [], set(), 0, 0.0
    for person in Person.objects.filter(owner_id=owner).order_by("name", "created_at", "id"):
        folder = _folder(person.name, folders)
        photos, cover = [], None
        anchors = person.anchors.defer("embedding").order_by("created_at", "id")
        for number, anchor in enumerate(anchors.iterator(chunk_size=200), start=1):
            if time.monotonic() > told + BEAT:
                if not renew(claim, written=written, total=total):
                    raise ClaimLost
                told = time.monotonic()
            file = f"{number:04}.jpg"
            try:
                with anchor.image.open("rb") as stored:
                    archive.writestr(f"{folder}/{file}", stored.read())
            except (FileNotFoundError, FileUnreadable):
                continue  # erased a moment ago, or lost: the others are exported
            photos.append(_photo(anchor, file))
            cover = file if anchor.pk == person.cover_id else cover
            written += 1
        people.append(_person(person, folder, photos, cover))
    manifest = {"format": FORMAT, "version": VERSION, "people": people}
    archive.writestr(NAME, json.dumps(manifest, ensure_ascii=False, indent=1), zipfile.ZIP_DEFLATED)
    return written


def _person(person: Person, folder: str, photos: list, cover: str | None) -> dict:
    at = person.consent_at
    return {
        "folder": folder,
        "name": person.name,
        "note": person.note,
        "tags": person.tags,
        "consent": {
            "given_by": person.consent_given_by,
            "at": at.isoformat() if at else None,
            "for": person.consent_for,
        },
        "cover": cover,
        "photos": photos,
    }


def _photo(anchor: Anchor, file: str) -> dict:
    return {
        "file": file,
        "name": anchor.file_name,
        "sha256": anchor.origin_sha256 or anchor.content_sha256,
        "face_index": anchor.face_index,
    }


def _folder(name: str, taken: set[str]) -> str:
    """A name for a folder on every system, each once."""
    plain = "".join(c if c.isprintable() and c not in '<>:"/\\|?*' else "_" for c in name)
    plain = plain.strip(" .")[:100] or "Person"
    folder, number = plain, 1
    while folder.casefold() in taken:
        number += 1
        folder = f"{plain} ({number})"
    taken.add(folder.casefold())
    return folder
