"""Sealed files in a folder, which several processes and machines may share."""

import errno
import fcntl
import os
import secrets
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import FileSystemStorage

from .private import HIDDEN, UNFINISHED_SECONDS
from .sealed_files import rewrap
from .sealing import Keyring

# What is being written lies here, and gets its own place once it is whole.
UNFINISHED = ".unfinished"
# What a plain name has no part of.
NOT_PLAIN = frozenset(("", ".", ".."))
PROBE_BYTES = 4096  # a block: a smaller file may fit into a full disk


class UnfinishedFile:
    """A file that is being written, on the disk before it has its name. A process that is killed
    leaves nothing of it in its place."""

    def __init__(self, storage: "FolderStorage"):
        self._storage = storage
        folder = storage.path(UNFINISHED)
        self._path = os.path.join(folder, secrets.token_hex(16))
        try:
            descriptor = self._opened()
        except FileNotFoundError:
            _make_folder(Path(folder))
            descriptor = self._opened()
        os.fchmod(descriptor, 0o600)  # whatever the umask
        self._file = os.fdopen(descriptor, "wb")
        self.write, self.seek, self.flush = self._file.write, self._file.seek, self._file.flush

    def _opened(self) -> int:
        return os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)

    def settle(self, name: str) -> bool:
        self._sync()
        place = self._storage.path(name)
        while True:
            try:
                os.link(self._path, place)
            except FileExistsError:
                return False
            except FileNotFoundError:
                if not os.path.lexists(self._path):
                    raise
                _make_folder(Path(place).parent)  # it is new, or somebody has just deleted it
                continue
            return True

    def overwrite(self, name: str) -> None:
        self._sync()
        place = self._storage.path_of(name)
        _make_folder(place.parent)
        os.replace(self._path, place)

    def replace(self, name: str, version: os.stat_result) -> bool:
        self._sync()
        place = self._storage.path_of(name)
        with suppress(FileNotFoundError), folder_locked(place.parent):
            if os.path.samestat(place.stat(), version):
                os.replace(self._path, place)
                return True
        return False

    def discard(self) -> None:
        with suppress(OSError):  # on a full disk it cannot write what it still holds
            self._file.close()
        with suppress(FileNotFoundError):
            os.unlink(self._path)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


class FolderStorage(FileSystemStorage):
    """See PrivateStorage."""

    is_far = False

    @property
    def place(self) -> str:
        return str(self.location)

    def get_ready(self) -> None:
        """Nothing is needed."""

    def path(self, name: str) -> str:
        """As Django's, which asks several times as long; it decides about names that are not plain."""
        if NOT_PLAIN.isdisjoint(name.split("/")):
            return f"{self.location}/{name}"
        return super().path(name)

    def path_of(self, name: str) -> Path:
        return Path(self.path(name))

    def unfinished(self, name: str) -> UnfinishedFile:
        return UnfinishedFile(self)

    def open_sealed(self, name: str) -> BinaryIO:
        return open(self.path(name), "rb")

    def start_of(self, name: str, size: int) -> bytes:
        with self.open_sealed(name) as raw:
            return raw.read(size)

    def version(self, raw: BinaryIO) -> os.stat_result:
        return os.fstat(raw.fileno())

    def rewrap(self, name: str, keyring: Keyring) -> bool:
        """In its place, while others read it."""
        with self.path_of(name).open("r+b", buffering=0) as raw:
            return rewrap(raw, keyring, name)

    def names(self, folder: str = "", before: datetime | None = None) -> Iterator[str]:
        root = self.path_of("")
        for path, folders, names in os.walk(self.path_of(folder)):
            folders[:] = [name for name in folders if not name.startswith(HIDDEN)]
            below = Path(path).relative_to(root).as_posix()
            for name in names:
                if name.startswith(HIDDEN):  # .gitkeep
                    continue
                found = name if below == "." else f"{below}/{name}"
                if before is None or self._is_older(found, before):
                    yield found

    def folders(self, root: str, after: str, most: int) -> tuple[list[str], bool]:
        found: list[str] = []
        for above in self._subfolders(root):
            if above < after[: len(above)]:
                continue
            left = [folder for folder in self._subfolders(above) if folder > after]
            found += left[: most - len(found)]
            if len(found) == most:
                return found, True
        return found, False

    def _subfolders(self, folder: str) -> list[str]:
        """In the order of what lies below them."""
        try:
            names = sorted(self.listdir(folder)[0], key=lambda name: f"{name}/")
            return [f"{folder}/{name}" for name in names]
        except FileNotFoundError:
            return []

    def _is_older(self, name: str, moment: datetime) -> bool:
        try:
            return self.get_modified_time(name) < moment
        except FileNotFoundError:
            return False

    def is_file(self, name: str) -> bool:
        return self.path_of(name).is_file()

    def is_lost(self, folder: str) -> bool:
        """Its disk is not mounted."""
        return not self.exists(folder)

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError), folder_locked(self.path_of(name).parent):
            super().delete(name)

    def delete_folder(self, name: str) -> None:
        with suppress(FileNotFoundError), folder_locked(self.path_of(name)):
            while True:
                for file in self.listdir(name)[1]:
                    super().delete(f"{name}/{file}")
                try:
                    super().delete(name)
                except OSError as error:
                    if error.errno != errno.ENOTEMPTY or self.listdir(name)[0]:
                        raise
                else:  # no worker has written another one meanwhile
                    return

    def delete_unfinished(self) -> int:
        deleted = 0
        with suppress(FileNotFoundError), os.scandir(self.path_of(UNFINISHED)) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                        os.unlink(entry.path)
                        deleted += 1
        return deleted

    def probe(self) -> None:
        write_and_delete(self.path_of(""))


def write_and_delete(folder: Path) -> None:
    """Raises OSError where nothing can be written."""
    probe = folder / f".health-{uuid.uuid4().hex}"
    try:
        probe.write_bytes(b"\0" * PROBE_BYTES)
    finally:
        probe.unlink(missing_ok=True)


@contextmanager
def folder_locked(folder: Path) -> Iterator[None]:
    """Nobody else deletes or replaces a file of this folder meanwhile; new ones may come. Raises
    FileNotFoundError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make_folder(folder: Path) -> Path:
    """With the folders above it, each for its owner alone, whatever the umask."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        with suppress(FileExistsError):
            folder.mkdir()
            folder.chmod(0o700)
    return folder
