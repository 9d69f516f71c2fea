"""What the encrypted storage needs of the storage below it, which sees sealed bytes alone.

There are two: `folder` and `bucket`. Which one is used, FACEVERIFY_S3_BUCKET says.
"""

import errno
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Protocol, cast

from django.core.files.storage import storages

from .sealing import Keyring

HIDDEN = "."  # names that begin so, in any folder, are no stored files
UNFINISHED_SECONDS = (
    3600.0  # that what is being written may be left unchanged: then nobody writes it any more
)


class StorageUnavailable(OSError):
    """The storage of photos does not answer, or refuses what it is there for. It passes, or only an
    operator can help: work that meets it waits, and requests are answered 503.

    The words name neither a file nor a key of the storage.
    """

    def __init__(self, why: str, number: int = errno.ENXIO):
        super().__init__(number, f"The storage of photos is not available: {why}")


class Unfinished(Protocol):
    """Sealed bytes that are being written, from front to back; the header at the front again at the
    end. Nobody sees them before they have a name, and then all of them."""

    def write(self, data: Any, /) -> int: ...

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def flush(self) -> None: ...

    def settle(self, name: str) -> bool:
        """Give it this name; False if that is taken."""

    def overwrite(self, name: str) -> None:
        """Give it this name, whatever had it."""

    def replace(self, name: str, version: Any) -> bool:
        """Give it this name as long as that is still the name of this version of a file."""

    def discard(self) -> None:
        """Leave nothing of it; what has its name stays."""


class PrivateStorage(Protocol):
    """Files of sealed bytes. A name is a path of folders and a file, with slashes. Everything raises
    OSError, and StorageUnavailable where that is what it is."""

    is_far: bool  # whether each file is a request to another machine

    @property
    def place(self) -> str:
        """Where it keeps them, in words for an operator."""

    def get_ready(self) -> None:
        """Make what the first file needs, so that nobody waits for it."""

    def unfinished(self, name: str) -> Unfinished:
        """A new file, which is meant to have this name."""

    def open_sealed(self, name: str) -> BinaryIO:
        """The sealed bytes of a file, seekable. Raises FileNotFoundError."""

    def start_of(self, name: str, size: int) -> bytes:
        """Its first so many bytes. Raises FileNotFoundError."""

    def version(self, raw: BinaryIO) -> Any:
        """What tells this file from another one that gets its name later."""

    def rewrap(self, name: str, keyring: Keyring) -> bool:
        """Have a sealed file need the newest key alone; see sealed_files.rewrap."""

    def names(self, folder: str = "", before: datetime | None = None) -> Iterator[str]:
        """Of every file below a folder, in no order; of those alone that are older than `before`.
        What is being written has none yet."""

    def folders(self, root: str, after: str, most: int) -> tuple[list[str], bool]:
        """Some folders two levels below `root`, in an order that is always the same, from behind the
        folder `after` on (empty: from the first one), by a look at so many of their files at `most`; and
        whether there may be more."""

    def is_file(self, name: str) -> bool:
        """Whether opening it cannot wait for ever, as a pipe in its place would have one do."""

    def is_lost(self, folder: str) -> bool:
        """Whether not a file is missing but the place where all files of this folder are."""

    def delete(self, name: str) -> None:
        """A missing file is no error. When this returns, nobody can read the file here any more."""

    def delete_folder(self, name: str) -> None:
        """Delete a folder that has no subfolders, with its files; a missing folder is no error."""

    def delete_unfinished(self) -> int:
        """Delete what processes that were killed have left half-written; how many files."""

    def probe(self) -> None:
        """Write something and delete it."""

    # As every storage of Django's. `exists` and `get_modified_time` know folders too: a folder has
    # the time of what was last written in it.

    def exists(self, name: str) -> bool: ...

    def listdir(self, path: str) -> tuple[list[str], list[str]]: ...

    def size(self, name: str) -> int: ...

    def get_modified_time(self, name: str) -> datetime: ...

    def get_alternative_name(self, file_root: str, file_ext: str) -> str: ...


def private_storage() -> PrivateStorage:
    """The storage `private` of settings.STORAGES."""
    return cast(PrivateStorage, storages["private"])
