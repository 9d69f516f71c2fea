"""Uploaded photos are kept in memory, and never more of them than may be accepted."""

from io import BytesIO

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from .engine import MAX_BYTES


class LimitedMemoryUploadHandler(FileUploadHandler):
    """Keeps at most one byte more than a photo may have: enough to refuse it with a clear word,
    without holding (or writing to a temporary folder) whatever else is sent."""

    def new_file(self, *args, **kwargs) -> None:
        super().new_file(*args, **kwargs)
        self.buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.buffer.write(raw_data[: MAX_BYTES + 1 - self.buffer.tell()])

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        size = self.buffer.tell()
        self.buffer.seek(0)
        return InMemoryUploadedFile(
            file=self.buffer,
            field_name=self.field_name,
            name=self.file_name,
            content_type=self.content_type,
            size=size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )
