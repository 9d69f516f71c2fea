"""What a worker does first for an import from another program: fetch the photos into a ZIP of ours."""

import json
from typing import TYPE_CHECKING

from django.conf import settings

from faceverify.api.errors import QuotaExceeded

from ...jobs.claims import Claim, end_refused, renew, requeue
from ...jobs.models import delete_files
from ...jobs.refusals import Refusal
from ...jobs.storage import refuse_for_room, room_left
from ...photos.archives import new_archive
from ...photos.storage import private_files
from .base import SourceRefused
from .compreface import CompreFaceServer
from .packing import Packing
from .web import Reader

if TYPE_CHECKING:
    from ..models import GalleryImport

CONNECTION = "connection"  # the file with address and key, in the import's folder


class ClaimLost(Exception):
    """The import was deleted, or another worker has it."""


def connection_write(job: "GalleryImport", *, address: str, key: str) -> None:
    """Encrypted as photos are, and deleted as soon as the photos are here."""
    file = private_files().create(f"{job.folder}/{CONNECTION}")
    try:
        file.write(json.dumps({"address": address, "key": key}).encode())
        file.finish()
    finally:
        file.discard()


def fetch(claim: "Claim[GalleryImport]") -> bool:
    """Make the ZIP, and have the import go on with it; True when it ended."""
    job = claim.row
    with private_files().open_stream(f"{job.folder}/{CONNECTION}") as file:
        connection = json.loads(file.read())

    def beat(_photos: int) -> None:
        if not renew(claim):
            raise ClaimLost

    most = settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2
    writer = new_archive(job.folder)
    try:
        with Reader(connection["address"], {"x-api-key": connection["key"]}) as reader:
            Packing(CompreFaceServer(reader), most_bytes=most, beat=beat).write(writer)
        room = room_left(owner_id=job.owner_id)
        if room is not None and writer.size > room:
            refuse_for_room(owner_id=job.owner_id)
        private_files().delete(f"{job.folder}/archive")  # of a run that was lost
        writer.finish()
    except ClaimLost:
        return False
    except SourceRefused as error:
        return _ended(claim, Refusal(error.code, error.detail, error.remedy))
    except QuotaExceeded as error:
        return _ended(claim, Refusal("quota_exceeded", error.detail, error.remedy))
    finally:
        writer.discard()
    if not renew(claim, size=writer.size):
        if not type(job).objects.filter(pk=job.pk).exists():
            job.delete_files()
        return False
    private_files().delete(f"{job.folder}/{CONNECTION}")
    requeue(claim, countdown=0, progress=True)
    return False


def _ended(claim: "Claim[GalleryImport]", refusal: Refusal) -> bool:
    ended = end_refused(claim, refusal)
    if ended:
        delete_files(claim.row.folder)
    return ended
