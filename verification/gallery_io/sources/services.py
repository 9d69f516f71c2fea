"""Imports from other programs: one that a worker fetches, and those that a command packs at once."""

from urllib.parse import urlsplit

from django.conf import settings

from accounts.models import User

from ...gallery.access import default_gallery
from ...gallery.gallery_models import Gallery
from ...jobs.queue import enqueue
from ...jobs.services import last_part
from ...jobs.storage import check_room, room_for
from ...photos.archives import new_archive
from ...text.sentences import sentence
from ..models import GalleryImport
from .base import Source, SourceRefused
from .fetching import connection_write
from .packing import Packing
from .web import server_address

KEY_LENGTH = 200
NO_KEY = sentence("The key is missing, or none that a server would take.")
COPY_KEY = sentence("Copy the key of the recognition service there.")


def import_from_compreface(
    *, owner: User, address: str, api_key: str, gallery: Gallery | None = None
) -> GalleryImport:
    """Queue an import of all subjects and photos of a running CompreFace, into `default_gallery` of the
    user if none is given. Raises SourceRefused, QuotaExceeded."""
    address, api_key = server_address(address), api_key.strip()
    plain = api_key.isascii() and api_key.isprintable() and " " not in api_key
    if not plain or not 0 < len(api_key) <= KEY_LENGTH:
        raise SourceRefused("source_key_invalid", NO_KEY, COPY_KEY)
    check_room(owner_id=owner.pk)
    job = GalleryImport(
        owner=owner,
        gallery=gallery or default_gallery(owner),
        source=GalleryImport.Source.COMPREFACE,
        file_name=last_part(urlsplit(address).netloc),
    )
    connection_write(job, address=address, key=api_key)
    try:
        with room_for(owner_id=owner.pk, adding=0):
            job.save(force_insert=True)
            enqueue(job)
    except BaseException:
        job.delete_files()
        raise
    return job


def import_packed(
    *, owner: User, kind: str, name: str, source: Source, gallery: Gallery | None = None
) -> GalleryImport:
    """Make a ZIP of a source now, and queue its import into a gallery, as `import_from_compreface`;
    `kind` is one of GalleryImport.Source. Raises SourceRefused, QuotaExceeded."""
    job = GalleryImport(
        owner=owner,
        gallery=gallery or default_gallery(owner),
        source=kind,
        file_name=last_part(name),
    )
    most = settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2
    writer = new_archive(job.folder)
    try:
        Packing(source, most_bytes=most, beat=lambda _photos: None).write(writer)
        writer.finish()
        job.size = writer.size
        with room_for(owner_id=owner.pk, adding=job.size):
            job.save(force_insert=True)
            enqueue(job)
    except BaseException:
        writer.discard()
        job.delete_files()
        raise
    return job
