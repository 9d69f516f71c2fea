"""Everything that an account has, as one ZIP: what a worker does, and what its owner asks for."""

import time
import zipfile
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from ..batches.models import BatchPhoto
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..gallery.models import Anchor
from ..jobs.claims import Claim, renew
from ..jobs.clock import later
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, run_again
from ..jobs.tables import csv_lines
from ..photos import left_out
from ..photos.archives import new_archive, open_archive, stream
from .models import AccountExport
from .takeout_parts import PARTS, README, rows_of

BEAT = 2.0  # seconds between two notes of progress
LEFT_OUT_COLUMNS = ("photo", "why")


class ClaimLost(Exception):
    """The export was deleted, or another worker has it."""


def account_export_create(*, owner: User) -> AccountExport:
    """Queue a ZIP of everything. One that is under way already is not made twice."""
    with owner_locked(owner.pk):
        if earlier := AccountExport.objects.filter(owner=owner, finished_at=None).first():
            return earlier
        job = AccountExport.objects.create(owner=owner)
        record(action=Action.EXPORTED, object=job)
        enqueue(job)
    return job


def account_export_retry(*, job: AccountExport) -> AccountExport:
    """Make a failed one again. Raises ActionNotAllowed."""
    if job.state != AccountExport.State.FAILED:
        raise ActionNotAllowed(gettext("This download has not failed: look at it again."))
    return run_again(job, AccountExport.State.FAILED)


def account_export_delete(*, job: AccountExport) -> None:
    job.delete()


def account_export_list(*, owner: User) -> QuerySet[AccountExport]:
    return AccountExport.objects.filter(owner=owner).order_by("-created_at", "-id")


def account_export_get(*, owner: User, id: UUID | str) -> AccountExport:
    """One of the owner's; Http404 for anything else."""
    try:
        return account_export_list(owner=owner).get(pk=id)
    except (AccountExport.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such download.") from None


def account_exports_prune() -> int:
    """Delete those whose time is over, with their files; their number."""
    deleted, _each = AccountExport.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def export_account(claim: Claim[AccountExport]) -> bool:
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
        if not AccountExport.objects.filter(pk=job.pk).exists():
            job.delete_files()
        return False
    finally:
        writer.discard()
    return claim.end(
        AccountExport.State.DONE,
        size=writer.size,
        stem=stem,
        written=packing.written,
        total=packing.written + len(packing.left_out),
        left_out_count=len(packing.left_out),
        expires_at=later(3600 * settings.FACEVERIFY_EXPORT_HOURS),
    )


class Packing:
    """One run: `written` photos are in the archive, those in `left_out` are not."""

    def __init__(self, claim: Claim[AccountExport], archive: zipfile.ZipFile):
        self.claim, self.archive = claim, archive
        self.owner = claim.row.owner_id
        self.written = 0
        self.left_out: list[tuple[str, str]] = []
        self._beat = 0.0

    def pack(self) -> None:
        """README.txt, a file of JSON for each part, and the photos. Raises ClaimLost."""
        self.archive.writestr("README.txt", README, zipfile.ZIP_DEFLATED)
        for part in PARTS:
            self._write_rows(part.file, rows_of(part, self.owner))
        for name, photo in _photos(self.owner):
            self._renew()
            try:
                self.archive.writestr(name, left_out.read_photo(photo))
            except left_out.PhotoUnreadable as error:
                self.left_out.append((name, str(error)))
            else:
                self.written += 1
        if self.left_out:
            table = "".join(csv_lines(LEFT_OUT_COLUMNS, self.left_out))
            self.archive.writestr(left_out.NAME, table, zipfile.ZIP_DEFLATED)

    def _write_rows(self, name: str, rows: Iterable[str]) -> None:
        """A list in JSON, a row at a time: a list may be longer than the memory is large."""
        entry = zipfile.ZipInfo(name, time.gmtime()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        with self.archive.open(entry, "w", force_zip64=True) as file:
            file.write(b"[")
            for number, row in enumerate(rows):
                self._renew()
                file.write(b",\n" if number else b"\n")
                file.write(row.encode())
            file.write(b"\n]\n")

    def _renew(self) -> None:
        if time.monotonic() > self._beat + BEAT:
            if not renew(self.claim, written=self.written):
                raise ClaimLost
            self._beat = time.monotonic()


def _photos(owner: UUID) -> Iterator[tuple[str, FieldFile]]:
    """Each stored photo and face, with its name in the archive."""
    for anchor in Anchor.objects.filter(owner=owner).defer("embedding").iterator(chunk_size=200):
        folder = f"photos/people/{anchor.person_id}/{anchor.pk}"
        yield from _there((f"{folder}.jpg", anchor.image), (f"{folder}-face.jpg", anchor.crop))
    for row in Verification.objects.filter(owner=owner).order_by("pk").iterator(chunk_size=200):
        folder = f"photos/verdicts/{row.pk}"
        yield from _there(
            (f"{folder}/probe.jpg", row.probe_image),
            (f"{folder}/reference.jpg", row.reference_image),
            (f"{folder}/probe-face.jpg", row.probe_crop),
            (f"{folder}/reference-face.jpg", row.reference_crop),
        )
    searched = SearchPhoto.objects.filter(verification__owner=owner).order_by("pk")
    for photo in searched.iterator(chunk_size=200):
        name = f"photos/verdicts/{photo.verification_id}/photo-{photo.position}"
        yield from _there((f"{name}.jpg", photo.image), (f"{name}-face.jpg", photo.crop))
    kept = BatchPhoto.objects.filter(batch__owner=owner).exclude(face="").order_by("pk")
    for found in kept.defer("embedding").iterator(chunk_size=200):
        yield f"photos/batches/{found.batch_id}/{found.pk}-face.jpg", found.face


def _there(*named: tuple[str, FieldFile]) -> Iterator[tuple[str, FieldFile]]:
    return ((name, file) for name, file in named if file)


def as_download(job: AccountExport) -> StreamingHttpResponse:
    """The ZIP of a finished one; Http404 when it is not there, or its time is over."""
    if not job.is_fetchable or job.finished_at is None:
        raise Http404("There is no such file.")
    try:
        file = open_archive(job.folder, job.size, job.stem, job.stem)
    except FileNotFoundError:
        raise Http404("There is no such file.") from None
    response = StreamingHttpResponse(stream(file), content_type="application/zip")
    name = f"faceverify-everything-{job.finished_at:%Y-%m-%d}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(job.size)
    return response
