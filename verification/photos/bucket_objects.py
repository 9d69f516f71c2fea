"""An object of a bucket while it is written, and while it is read."""

import errno
import io
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .bucket_errors import ConditionNotMet, told
from .private import StorageUnavailable
from .seeking import Seeking

if TYPE_CHECKING:
    from .bucket import BucketStorage

# Of a photo one request reads all; of a ZIP so much is in memory at a time.
WINDOW = 4 * 1024**2
# Of a large file so much is sent at a time, of which S3 takes 10,000. Smaller ones are one request.
PART = 8 * 1024**2


class UnfinishedObject(io.RawIOBase):
    """An object that is being written. A small one is sent when it has its name. Of a larger one, parts
    are sent as they come, but for the first: the header in it is written last.

    The name of a larger one is the one it was made for. Where somebody has taken that meanwhile,
    `settle` raises FileExistsError: there are two runs of one job, and one is enough.
    """

    def __init__(self, storage: "BucketStorage", name: str):
        super().__init__()
        self._storage, self._name = storage, name
        self._first, self._later = bytearray(), bytearray()
        self._at: int | None = None  # in the first part, when something is written anew there
        self._upload = ""
        self._parts: list[dict[str, Any]] = []

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """To somewhere in the first part; what is written there comes to lie on what was."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("Only from the start.")
        self._at = offset
        return offset

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        if self._at is not None:
            self._first[self._at : self._at + len(view)] = view
            self._at += len(view)
            return len(view)
        room = max(0, PART - len(self._first))
        self._first += view[:room]
        self._later += view[room:]
        while len(self._later) >= PART:
            self._send(len(self._parts) + 2, bytes(self._later[:PART]))
            del self._later[:PART]
        return len(view)

    def settle(self, name: str) -> bool:
        try:
            self._end(name, IfNoneMatch="*")
        except ConditionNotMet:
            if self._upload:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
            return False
        return True

    def overwrite(self, name: str) -> None:
        self._end(name)

    def replace(self, name: str, version: str) -> bool:
        try:
            self._end(name, IfMatch=version)
        except (ConditionNotMet, FileNotFoundError):
            return False
        return True

    def discard(self) -> None:
        upload, self._upload = self._upload, ""
        self._first, self._later = bytearray(), bytearray()
        if upload:
            with suppress(OSError), told():  # else delete_unfinished does it
                self._storage.client.abort_multipart_upload(
                    **self._storage.target(self._name), UploadId=upload
                )

    def _end(self, name: str, **conditions: str) -> None:
        if not self._upload and not self._later:
            self._storage.put(name, bytes(self._first), **conditions)
            return
        if self._later:
            self._send(len(self._parts) + 2, bytes(self._later))
            self._later.clear()
        self._send(1, bytes(self._first))
        with told(name):
            self._storage.client.complete_multipart_upload(
                **self._storage.target(self._name),
                UploadId=self._upload,
                MultipartUpload={"Parts": sorted(self._parts, key=lambda part: part["PartNumber"])},
                **conditions,
            )
        self._upload = ""

    def _send(self, number: int, data: bytes) -> None:
        target = self._storage.target(self._name)
        with told():
            if not self._upload:
                self._upload = self._storage.client.create_multipart_upload(**target)["UploadId"]
            sent = self._storage.client.upload_part(
                **target, UploadId=self._upload, PartNumber=number, Body=data
            )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})


class SealedObject(Seeking):
    """An object, read in windows of so many bytes (0: WINDOW); `version` is that of the first one."""

    def __init__(self, storage: "BucketStorage", name: str, window: int = 0):
        super().__init__()
        self._storage, self._name, self._bytes = storage, name, window or WINDOW
        said, window_read = self._fetch(0)
        self._window = (0, window_read)
        self.version = str(said["ETag"])
        whole = re.fullmatch(r"bytes \d+-\d+/(\d+)", said.get("ContentRange", ""))
        self.size = int(whole[1]) if whole else len(window_read)

    def read(self, size: int | None = -1) -> bytes:
        """As many as there are: never fewer because a window ends."""
        end = self.size if size is None or size < 0 else min(self.size, self._at + size)
        pieces = []
        while self._at < end:
            start, data = self._window
            if not start <= self._at < start + len(data):
                self._window = (self._at, self._fetch(self._at)[1])
                continue
            pieces.append(data[self._at - start : end - start])
            self._at += len(pieces[-1])
        return b"".join(pieces)

    def _fetch(self, start: int) -> tuple[dict[str, Any], bytes]:
        try:
            with told(self._name):
                said = self._storage.client.get_object(
                    **self._storage.target(self._name),
                    Range=f"bytes={start}-{start + self._bytes - 1}",
                )
                with said["Body"] as body:
                    data = body.read()
        except ConditionNotMet:
            if start:
                raise StorageUnavailable("an object has become shorter") from None
            return {"ETag": ""}, b""
        if not data:
            raise StorageUnavailable("an empty answer")
        return said, data
