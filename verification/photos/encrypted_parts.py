"""Large files as earlier versions stored them: in parts, each encrypted as a whole."""

from typing import Any

from .seeking import Seeking
from .storage import private_files

PART_BYTES = 4 * 1024 * 1024


def part_name(folder: str, stem: str, number: int) -> str:
    return f"{folder}/{stem}-{number:05}"


class PartReader(Seeking):
    """The parts as one seekable file. Reading raises FileNotFoundError and FileUnreadable."""

    def __init__(self, folder: str, stem: str, size: int):
        super().__init__()
        self.folder, self.stem, self.size = folder, stem, size
        self._part: tuple[int, bytes] = (-1, b"")

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
            with private_files().open(part_name(self.folder, self.stem, number)) as file:
                self._part = (number, file.read())
        return self._part[1]
