"""Photos at rest: encrypted, private, never served by URL."""

import errno
import fcntl
import io
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.fernet import InvalidToken
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.http import Http404

from .sealed_files import (
    HEADER_BYTES,
    MARK,
    SealedReader,
    SealedWriter,
    is_sealed,
    needs_only,
    rewrap,
)
from .sealing import FileUnreadable, cipher

__all__ = ["EncryptedStorage", "FileUnreadable", "NewFile", "cipher", "private_files"]

# What is being written lies here, and gets its own place once it is whole.
UNFINISHED = ".unfinished"
UNFINISHED_SECONDS = (
    3600.0  # that a file here may be left unchanged: then nobody writes it any more
)


class NewFile(SealedWriter):
    """A file that is being written. Nobody sees it before `finish`; a process that is killed leaves
    nothing of it in its place."""

    def __init__(self, storage: "EncryptedStorage", name: str):
        folder = _make_folder(storage.place(UNFINISHED))
        self._path = folder / secrets.token_hex(16)
        descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        os.fchmod(descriptor, 0o600)  # whatever the umask
        self._file = os.fdopen(descriptor, "wb")
        self.storage, self.name = storage, name
        super().__init__(self._file, cipher())

    def finish(self) -> str:
        """Put it in its place, under its name, or under one like it where that one is taken; the name.
        It is on the disk before it has it."""
        try:
            self.seal_end()
            while True:
                self.seal_header(self.name)
                os.fsync(self._file.fileno())
                if self._placed(self.storage.place(self.name)):
                    return self.name
                self.name = self.storage.get_available_name(self.name)
        finally:
            self.discard()

    def replace(self, former: os.stat_result) -> bool:
        """Put it in the place of a file of this name; False if that is not there any more."""
        try:
            self.seal_end()
            self.seal_header(self.name)
            os.fsync(self._file.fileno())
            place = self.storage.place(self.name)
            with suppress(FileNotFoundError), folder_locked(place.parent):
                if os.path.samestat(place.stat(), former):
                    os.replace(self._path, place)
                    return True
            return False
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of it; what is finished stays."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _placed(self, place: Path) -> bool:
        """False if there is a file already."""
        while True:
            _make_folder(place.parent)
            try:
                os.link(self._path, place)
            except FileExistsError:
                return False
            except FileNotFoundError:
                if not self._path.exists():
                    raise
                continue  # somebody has just deleted the folder
            return True


class StoredFile(File):
    """A file of an EncryptedStorage, opened; it may be opened again after it was closed."""

    def __init__(self, storage: "EncryptedStorage", name: str):
        super().__init__(storage.open_stream(name), name)
        self.storage, self.stored_name = storage, name

    def open(self, mode: str | None = None, *_args: Any, **_options: Any) -> "StoredFile":
        if self.closed:
            self.file = self.storage.open_stream(self.stored_name)
        self.seek(0)
        return self


class EncryptedStorage(Storage):
    """Encrypts what is written to the storage `private` of settings.STORAGES, a folder."""

    @property
    def inner(self) -> FileSystemStorage:
        storage = storages["private"]
        assert isinstance(storage, FileSystemStorage)
        return storage

    def place(self, name: str) -> Path:
        return Path(self.inner.path(name))

    def create(self, name: str) -> NewFile:
        """A file to be written in pieces."""
        return NewFile(self, name)

    def _save(self, name: str, content: File) -> str:
        file = self.create(name)
        try:
            for piece in content.chunks():
                file.write(piece)
            return file.finish()
        finally:
            file.discard()

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("An encrypted file is read or replaced as a whole.")
        return StoredFile(self, name)

    def open_stream(self, name: str) -> BinaryIO:
        """The file, decrypted as it is read. Raises FileNotFoundError and FileUnreadable, the second
        also while it is read."""
        file: Any = self.inner.open(name, "rb")
        try:
            start = file.read(len(MARK))
            if is_sealed(start):
                return io.BufferedReader(SealedReader(file.file, cipher(), name))
            # From an earlier version, which had files of some megabytes at most.
            token = start + file.read()
        except BaseException:
            file.close()
            raise
        file.close()
        try:
            return io.BytesIO(cipher().decrypt_fernet(token))
        except InvalidToken:
            raise FileUnreadable(f"{name} cannot be decrypted with the configured keys.") from None

    def renew_key(self, name: str) -> bool:
        """Have a file need the newest key alone; False if it does already. Safe while others read or
        delete it. Raises FileNotFoundError and FileUnreadable."""
        with self.place(name).open("r+b", buffering=0) as raw:
            start, former = raw.read(HEADER_BYTES), os.fstat(raw.fileno())
            if needs_only(start, cipher().newest.id):
                return False
            if is_sealed(start):
                return rewrap(raw, cipher(), name)
        new = self.create(name)
        try:
            with self.open_stream(name) as file:
                shutil.copyfileobj(file, new)
            return new.replace(former)
        finally:
            new.discard()

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return self.inner.get_available_name(name, max_length)

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError), folder_locked(self.place(name).parent):
            self.inner.delete(name)

    def delete_folder(self, name: str) -> None:
        """Delete a folder that has no subfolders, with its files; a missing folder is no error."""
        with suppress(FileNotFoundError), folder_locked(self.place(name)):
            while True:
                for file in self.listdir(name)[1]:
                    self.inner.delete(f"{name}/{file}")
                try:
                    self.inner.delete(name)
                except OSError as error:
                    if error.errno != errno.ENOTEMPTY or self.listdir(name)[0]:
                        raise
                else:  # no worker has written another one meanwhile
                    return

    def delete_unfinished(self) -> int:
        """Delete what processes that were killed have left half-written; how many files."""
        deleted = 0
        with suppress(FileNotFoundError), os.scandir(self.place(UNFINISHED)) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if entry.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                        os.unlink(entry.path)
                        deleted += 1
        return deleted

    def names(self, folder: str = "") -> Iterator[str]:
        """Of every stored file below a folder, in no order; what is being written has none yet."""
        root = self.place("")
        for path, folders, names in os.walk(self.place(folder)):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = Path(path).relative_to(root).as_posix()
            for name in names:
                if not name.startswith("."):  # .gitkeep
                    yield name if below == "." else f"{below}/{name}"

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def listdir(self, path: str):
        return self.inner.listdir(path)

    def size(self, name: str) -> int:
        """In bytes, encrypted as it is on disk."""
        return self.inner.size(name)

    def get_modified_time(self, name: str):
        return self.inner.get_modified_time(name)


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


def private_files() -> EncryptedStorage:
    """The storage of every photo field (a callable, so that migrations carry no settings)."""
    return EncryptedStorage()


def read_or_404(field) -> bytes:
    """The content of a stored image; Http404 when there is none, or its file is missing."""
    if not field:
        raise Http404("There is no such image.")
    try:
        with field.open("rb") as file:
            return file.read()
    except FileNotFoundError:
        raise Http404("There is no such image.") from None
