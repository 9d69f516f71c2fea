"""A ZIP is encrypted while it is uploaded: neither memory nor disk ever holds it in the clear."""

import hashlib
import uuid
from io import BytesIO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers

from ..jobs.models import delete_files
from .models import GalleryImport
from .parts import PartWriter


class StoredUpload(UploadedFile):
    """An upload that lies in the folder of the import `id` already. Reading it gives only its
    digest, by which two uploads can be compared."""

    def __init__(self, id: uuid.UUID, folder: str, digest: str, *, too_large: bool, **options):
        super().__init__(BytesIO(digest.encode()), **options)
        self.id, self.folder, self.too_large = id, folder, too_large


class PartsUploadHandler(FileUploadHandler):
    """Stores the file of the field `archive`, up to the limit; other files go on to the next
    handler."""

    chunk_size = 1024 * 1024

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.writer = None
        if self.field_name != "archive":
            return
        self.id = uuid.uuid4()
        self.folder = GalleryImport(id=self.id, owner_id=self.request.user.pk).folder
        self.writer, self.digest, self.too_large = PartWriter(self.folder), hashlib.sha256(), False
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        if self.writer is None:
            return raw_data
        if self.writer.size + len(raw_data) > settings.FACEVERIFY_IMPORT_MEGABYTES * 1024**2:
            self.too_large = True
        if not self.too_large:
            self.writer.write(raw_data)
            self.digest.update(raw_data)
        return None

    def file_complete(self, file_size: int) -> StoredUpload | None:
        if self.writer is None:
            return None
        self.writer.finish()
        if self.too_large:
            delete_files(self.folder)
        return StoredUpload(
            self.id,
            self.folder,
            self.digest.hexdigest(),
            too_large=self.too_large,
            name=self.file_name,
            content_type=self.content_type,
            size=self.writer.size,
        )

    def upload_interrupted(self) -> None:
        if getattr(self, "writer", None) is not None:
            delete_files(self.folder)


def take_in_parts(request) -> None:
    """Let this Django request's upload go into parts; before anything reads its body."""
    request.upload_handlers.insert(0, PartsUploadHandler(request))
