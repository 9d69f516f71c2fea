"""Writes that an owner asks for: import a gallery, export it."""

from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from accounts.owner_lock import owner_locked

from ..gallery.access import acting_needs, default_gallery
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Anchor
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, last_part, run_again
from ..jobs.storage import check_room, refuse_for_room, room_for
from ..photos.zip_reader import ArchiveRefused
from ..text.sentences import sentence
from .models import GalleryExport, GalleryImport
from .uploads import StoredUpload

TOO_LARGE = sentence("The ZIP is larger than %(most)s MB.")
SPLIT = sentence("Split it into several and send them one after another.")
EMPTY = sentence("The file is empty.")
PACK_AGAIN = sentence("Pack the folder as a ZIP and send it again.")


def import_create(
    *, owner: User, archive: StoredUpload, gallery: Gallery | None = None
) -> GalleryImport:
    """Queue an uploaded ZIP for a gallery, `default_gallery` of the user if none is given. Raises QuotaExceeded, and ArchiveRefused for one that is empty or too large; its files are the
    request's until there is a row."""
    if archive.no_room:
        refuse_for_room(owner_id=owner.pk)
    if archive.too_large or not archive.size:
        raise _too_large() if archive.too_large else _empty()
    job = GalleryImport(
        id=archive.id,
        owner=owner,
        gallery=gallery or default_gallery(owner),
        size=archive.size,
        file_name=last_part(archive.name or ""),
    )
    with room_for(owner_id=owner.pk, adding=archive.size):
        acting_needs(Role.EDITOR, [job.gallery])
        job.save(force_insert=True)
        enqueue(job)
    return job


def import_retry(*, job: GalleryImport) -> GalleryImport:
    """Go on with a failed import where it stopped. Raises ActionNotAllowed."""
    return run_again(job, GalleryImport.State.FAILED)


def import_delete(*, job: GalleryImport) -> None:
    """Delete an import's ZIP and report, and stop it if it runs. What it added stays."""
    with transaction.atomic():
        record(action=Action.DELETED, object=job)
        job.delete()


def export_create(
    *, owner: User, gallery: Gallery | None = None, people: Iterable[UUID] = ()
) -> GalleryExport:
    """Queue a ZIP of these people of a gallery, or of all of it; of `default_gallery` of the user if
    none is given. One that is under way already is not made
    twice."""
    gallery = gallery or default_gallery(owner)
    ids = list(people)
    chosen = sorted(map(str, ids))
    with owner_locked(owner.pk):
        acting_needs(Role.EDITOR, [gallery])
        under_way = GalleryExport.objects.filter(owner=owner, gallery=gallery, finished_at=None)
        if earlier := next((job for job in under_way if job.people == chosen), None):
            return earlier
        anchors = Anchor.objects.filter(gallery=gallery)
        if ids:
            anchors = anchors.filter(person__in=ids)
        photos = anchors.aggregate(size=Sum("image_bytes"))["size"]
        check_room(owner_id=owner.pk, adding=photos or 1)
        job = GalleryExport.objects.create(owner=owner, gallery=gallery, people=chosen)
        record(action=Action.EXPORTED, account=gallery.owner_id, object=job)
        enqueue(job)
    return job


def export_retry(*, job: GalleryExport) -> GalleryExport:
    """Make a failed export again. Raises ActionNotAllowed."""
    if job.state != GalleryExport.State.FAILED:
        raise ActionNotAllowed(gettext("This export has not failed: look at it again."))
    return run_again(job, GalleryExport.State.FAILED)


def export_delete(*, job: GalleryExport) -> None:
    """Delete an export and its ZIP at once."""
    with transaction.atomic():
        record(action=Action.DELETED, object=job)
        job.delete()


def exports_prune() -> int:
    """Delete the exports whose time is over, with their files; their number."""
    deleted, _by_model = GalleryExport.objects.filter(expires_at__lt=Now()).delete()
    return deleted


def _too_large() -> ArchiveRefused:
    return ArchiveRefused(
        "archive_too_large",
        TOO_LARGE % {"most": settings.FACEVERIFY_IMPORT_MEGABYTES},
        SPLIT,
    )


def _empty() -> ArchiveRefused:
    return ArchiveRefused("archive_unreadable", EMPTY, PACK_AGAIN)
