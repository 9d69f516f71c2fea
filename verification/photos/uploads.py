"""Uploaded photos are kept in memory, and never more of them than may be accepted."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from ..engine import MAX_BYTES

# A ZIP of photos comes in the field `archive`, whichever page or endpoint it is sent to.
ARCHIVE = "archive"
MAX_ARCHIVE_BYTES = 100 * 1024**2
MAX_TOTAL = 16 * MAX_BYTES  # of all the files of one request


class LimitedMemoryUploadHandler(FileUploadHandler):
    """Keeps at most one byte more than a photo, or a ZIP of photos, may have: enough to refuse it with a clear word,
    without holding (or writing to a temporary folder) whatever else is sent. Of many photos it
    keeps MAX_TOTAL bytes, and marks each that it had to cut."""

    kept = 0

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.buffer = BytesIO()
        self.cut = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        limit = MAX_ARCHIVE_BYTES if self.field_name == ARCHIVE else MAX_BYTES
        room = limit + 1 - self.buffer.tell()
        wanted = raw_data[:room]
        self.cut |= len(wanted) > MAX_TOTAL - self.kept
        taken = wanted[: MAX_TOTAL - self.kept]
        self.kept += len(taken)
        self.buffer.write(taken)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        size = self.buffer.tell()
        self.buffer.seek(0)
        upload = InMemoryUploadedFile(
            file=self.buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
        upload.cut = self.cut
        return upload
