"""A ZIP is encrypted while it is uploaded: neither memory nor disk ever holds it in the clear.

Whatever a request stores belongs to it, and is deleted at its end unless an import was made of it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import IO
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import HttpRequest

from ..jobs.models import delete_files
from ..jobs.storage import room_left
from ..photos.archives import new_archive
from ..photos.uploads import ARCHIVE
from ..photos.zip_reader import ArchiveRefused
from ..text.sentences import sentence
from .models import GalleryImport

SEVERAL_FILES = sentence("%(number)s files were sent in the field %(archive)s.")
ONE_AT_A_TIME = sentence("Send one ZIP at a time.")

CHUNK = 1024 * 1024


class StoredUpload(UploadedFile):
    """An upload that is stored in the folder of the import `id` already. Reading it gives only its
    digest, by which two uploads can be compared."""

    def __init__(
        self, id: UUID, folder: str, digest: str, *, too_large: bool, no_room: bool, **options
    ):
        super().__init__(BytesIO(digest.encode()), **options)
        self.id, self.folder = id, folder
        self.too_large, self.no_room = too_large, no_room


class Intake:
    """Stores an upload, piece by piece and up to the limit, in the folder of an import that is made
    of it later."""

    def __init__(self, owner_id: UUID):
        self.id = uuid4()
        self.folder = GalleryImport(id=self.id, owner_id=owner_id).folder
        self._writer, self._digest = new_archive(self.folder), hashlib.sha256()
        self._too_large = self._no_room = False
        self._room = room_left(owner_id=owner_id)

    def write(self, data: bytes) -> None:
        size = self._writer.size + len(data)
        if size > settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2:
            self._too_large = True
        if self._room is not None and size > self._room:
            self._no_room = True
        if not (self._too_large or self._no_room):
            self._writer.write(data)
            self._digest.update(data)

    def finish(self, **options) -> StoredUpload:
        """`options` are those of an UploadedFile."""
        if self._too_large or self._no_room:
            self._writer.discard()
        else:
            self._writer.finish()
        return StoredUpload(
            self.id,
            self.folder,
            self._digest.hexdigest(),
            too_large=self._too_large,
            no_room=self._no_room,
            size=self._writer.size,
            **options,
        )

    def delete(self) -> None:
        self._writer.discard()
        delete_files(self.folder)


class PartsUploadHandler(FileUploadHandler):
    """Stores the file of the field `archive`, up to the limit; other files go on to the next
    handler."""

    chunk_size = CHUNK
    intake: Intake | None = None

    def __init__(self, request: HttpRequest, uploads: "Uploads"):
        super().__init__(request)
        self.uploads = uploads

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.intake = None
        user = self.request and self.request.user
        if self.field_name == ARCHIVE and user and user.is_authenticated:
            self.intake = self.uploads.begin(user.pk)
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.intake is None:
            return raw_data
        self.intake.write(raw_data)
        return None

    def file_complete(self, file_size: int) -> StoredUpload | None:
        if self.intake is None:
            return None
        return self.intake.finish(name=self.file_name, content_type=self.content_type)


class Uploads:
    """What one request stores."""

    def __init__(self) -> None:
        self.intakes: list[Intake] = []

    def begin(self, owner_id: UUID) -> Intake:
        self.intakes.append(Intake(owner_id))
        return self.intakes[-1]

    def store(self, stream: IO[bytes], *, owner_id: UUID) -> StoredUpload:
        """A body that is the ZIP itself."""
        intake = self.begin(owner_id)
        while data := stream.read(CHUNK):
            intake.write(data)
        return intake.finish()

    def check_one(self) -> None:
        """Raises ArchiveRefused when the request brought several ZIPs."""
        if len(self.intakes) > 1:
            raise ArchiveRefused(
                "several_archives",
                SEVERAL_FILES % {"number": len(self.intakes), "archive": ARCHIVE},
                ONE_AT_A_TIME,
            )

    def delete_unused(self) -> None:
        """Delete what no import was made of, whatever the reason."""
        ids = [intake.id for intake in self.intakes]
        used = set(GalleryImport.objects.filter(pk__in=ids).values_list("pk", flat=True))
        for intake in self.intakes:
            if intake.id not in used:
                intake.delete()


@contextmanager
def stored_in_parts(request: HttpRequest) -> Iterator[Uploads]:
    """Store the uploads of this request in parts; to be entered before anything reads its body, and
    left when it is answered."""
    uploads = Uploads()
    request.upload_handlers.insert(0, PartsUploadHandler(request, uploads))
    try:
        yield uploads
    finally:
        if uploads.intakes:
            uploads.delete_unused()
