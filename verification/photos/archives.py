"""ZIPs at rest, which are too large for memory: written and read as streams."""

import io
from collections.abc import Iterator
from typing import BinaryIO

from .encrypted_parts import PartReader
from .storage import NewFile, private_files

ARCHIVE = "archive"  # the name of a row's ZIP in its folder
FORMER_STEM = "part"  # of the parts of a ZIP from an earlier version
PIECE = 1024 * 1024


def new_archive(folder: str, name: str = ARCHIVE) -> NewFile:
    return private_files().create(f"{folder}/{name}")


def open_archive(
    folder: str, size: int, name: str = ARCHIVE, former_stem: str = FORMER_STEM
) -> BinaryIO:
    """A ZIP of `size` bytes, decrypted as it is read. Raises FileNotFoundError and FileUnreadable,
    also while it is read."""
    try:
        return private_files().open_stream(f"{folder}/{name}")
    except FileNotFoundError:
        if not private_files().exists(f"{folder}/{former_stem}-00000"):
            raise
        return io.BufferedReader(PartReader(folder, former_stem, size))


def stream(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file, piece by piece; it is closed at the end."""
    with file:
        while piece := file.read(PIECE):
            yield piece
