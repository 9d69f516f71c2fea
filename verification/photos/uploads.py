"""Uploaded photos are kept in memory, and never more of them than may be accepted."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from ..engine import MAX_BYTES

# A ZIP of photos comes in the field `archive`, whichever page or endpoint it is sent to.
ARCHIVE = "archive"
MAX_ARCHIVE_BYTES = 100 * 1024**2
MAX_TOTAL = 16 * MAX_BYTES  # of all the files of one request


class LimitedUpload(InMemoryUploadedFile):
    """An uploaded file; `truncated` when all files of the request together were too large."""

    truncated = False


class LimitedMemoryUploadHandler(FileUploadHandler):
    """Keeps the files of a request in memory, for those who are signed in.

    Of each file it keeps at most one byte more than a photo, or a ZIP of photos, may have: enough to
    refuse it with a clear message, without holding (or writing to a temporary folder) whatever else
    is sent. Of all files it keeps MAX_TOTAL bytes, and marks each file that it had to truncate.

    Django reads the body for its CSRF check before a view asks who is signed in. So this handler
    asks: for anybody else it stops reading at the first file, of which nothing is kept.
    """

    kept = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            raise StopUpload(connection_reset=True)
        self.buffer = BytesIO()
        self.truncated = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        limit = MAX_ARCHIVE_BYTES if self.field_name == ARCHIVE else MAX_BYTES
        room = limit + 1 - self.buffer.tell()
        wanted = raw_data[:room]
        self.truncated |= len(wanted) > MAX_TOTAL - self.kept
        taken = wanted[: MAX_TOTAL - self.kept]
        self.kept += len(taken)
        self.buffer.write(taken)

    def file_complete(self, file_size: int) -> LimitedUpload:
        size = self.buffer.tell()
        self.buffer.seek(0)
        upload = LimitedUpload(
            file=self.buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
        upload.truncated = self.truncated
        return upload
