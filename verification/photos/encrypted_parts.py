"""Large files at rest, encrypted in parts, so that at most two of them are in memory at a time."""

import io
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile

from .storage import private_files

PART_BYTES = 4 * 1024 * 1024
STEM = "part"


def part_name(folder: str, stem: str, number: int) -> str:
    return f"{folder}/{stem}-{number:05}"


class PartWriter(io.RawIOBase):
    """Written once, from front to back; `size` bytes so far. `finish` stores the last part."""

    def __init__(self, folder: str, stem: str = STEM):
        super().__init__()
        self.folder, self.stem, self.size = folder, stem, 0
        self._buffer = bytearray()
        self._number = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._buffer += data
        self.size += len(data)
        while len(self._buffer) >= PART_BYTES:
            self._store(PART_BYTES)
        return len(data)

    def finish(self) -> None:
        if self._buffer:
            self._store(len(self._buffer))

    def _store(self, size: int) -> None:
        piece = ContentFile(bytes(self._buffer[:size]))
        private_files().save(part_name(self.folder, self.stem, self._number), piece)
        del self._buffer[:size]
        self._number += 1


def write_parts(folder: str, data: bytes) -> int:
    """Store the whole of `data`; its size. A PartReader of the folder reads it."""
    writer = PartWriter(folder)
    for start in range(0, len(data), PART_BYTES):
        writer.write(memoryview(data)[start : start + PART_BYTES])
    writer.finish()
    return writer.size


class PartReader(io.RawIOBase):
    """What a PartWriter has stored, as one seekable file. Reading raises FileNotFoundError and
    FileUnreadable."""

    def __init__(self, folder: str, size: int):
        super().__init__()
        self.folder, self.size = folder, size
        self._at = 0
        self._part: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        number, start = divmod(self._at, PART_BYTES)
        piece = self._read_part(number)[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _read_part(self, number: int) -> bytes:
        if self._part[0] != number:
            self._part = (number, read_part(self.folder, number))
        return self._part[1]


def read_part(folder: str, number: int, stem: str = STEM) -> bytes:
    with private_files().open(part_name(folder, stem, number)) as file:
        return file.read()


def stream(folder: str, stem: str, size: int) -> Iterator[bytes]:
    """The file, part by part."""
    for number in range(-(-size // PART_BYTES)):
        yield read_part(folder, number, stem)
