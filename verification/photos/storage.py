"""Photos at rest: encrypted, private, never served by URL."""

import io
import os
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from cryptography.fernet import InvalidToken
from django.core.files.base import File
from django.core.files.storage import Storage
from django.core.files.utils import validate_file_name
from django.http import Http404

from .private import PrivateStorage, private_storage
from .sealed_files import (
    HEADER_BYTES,
    MARK,
    SealedReader,
    SealedWriter,
    is_sealed,
    needs_only,
)
from .sealing import FileUnreadable, cipher

__all__ = ["EncryptedStorage", "FileUnreadable", "NewFile", "cipher", "private_files"]


FILES_AT_ONCE = 4  # that a task reads or writes while it goes on; of more at once each takes longer


class NewFile(SealedWriter):
    """A file that is being written. Nobody sees it before `finish`; a process that is killed leaves
    nothing of it in its place."""

    def __init__(self, storage: "EncryptedStorage", name: str):
        self.storage, self.name = storage, name
        self._unfinished = storage.inner.unfinished(name)
        super().__init__(cast(BinaryIO, self._unfinished), cipher())

    def finish(self) -> str:
        """Put it in its place, under its name, or under one like it where that one is taken; the name.
        It is on the disk before it has it."""
        try:
            self.seal_end()
            while True:
                self.seal_header(self.name)
                if self._unfinished.settle(self.name):
                    return self.name
                self.name = self.storage.inner.get_alternative_name(*os.path.splitext(self.name))
        finally:
            self.discard()

    def replace(self, version: Any) -> bool:
        """Put it in the place of this version of the file of its name; False if that is not there any
        more."""
        try:
            self.seal_end()
            self.seal_header(self.name)
            return self._unfinished.replace(self.name, version)
        finally:
            self.discard()

    def discard(self) -> None:
        """Leave nothing of it; what is finished stays."""
        self._unfinished.discard()


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
    """Encrypts what is written to the storage `private` of settings.STORAGES, a folder or a bucket."""

    @property
    def inner(self) -> PrivateStorage:
        return private_storage()

    def create(self, name: str) -> NewFile:
        """A file to be written in pieces."""
        return NewFile(self, name)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """As Django's, which checks each name four times, and asks first whether it is taken: names are made of
        ids, far shorter than the columns that hold them, and `NewFile.finish` sees which one is free."""
        place = str(name)
        validate_file_name(place, allow_relative_path=True)
        return self._save(place, content)

    def _save(self, name: str, content: File) -> str:
        file = self.create(name)
        try:
            for piece in content.chunks():
                file.write(piece)
        except BaseException:
            file.discard()
            raise
        return file.finish()

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("An encrypted file is read or replaced as a whole.")
        return StoredFile(self, name)

    def open_stream(self, name: str) -> BinaryIO:
        """The file, decrypted as it is read. Raises FileNotFoundError and FileUnreadable, both also while
        it is read."""
        raw = self.inner.open_sealed(name)
        try:
            start = raw.read(len(MARK))
            if is_sealed(start):
                return io.BufferedReader(SealedReader(raw, cipher(), name))
            # From an earlier version, which had files of some megabytes at most.
            token = start + raw.read()
        except BaseException:
            raw.close()
            raise
        raw.close()
        return io.BytesIO(_decrypt_fernet(token, name))

    def renew_key(self, name: str) -> bool:
        """Have a file need the newest key alone; False if it does already. Safe while others read or
        delete it. Raises FileNotFoundError and FileUnreadable."""
        start = self.inner.start_of(name, HEADER_BYTES)
        if needs_only(start, cipher().newest.id):
            return False
        if is_sealed(start):
            return self.inner.rewrap(name, cipher())
        with self.inner.open_sealed(name) as raw:
            version, token = self.inner.version(raw), raw.read()
        new = self.create(name)
        try:
            new.write(_decrypt_fernet(token, name))
            return new.replace(version)
        finally:
            new.discard()

    def copy_out(self, name: str, path: Path) -> None:
        """A file as it is stored, sealed, into one outside. Raises FileNotFoundError."""
        with self.inner.open_sealed(name) as raw, path.open("wb") as file:
            shutil.copyfileobj(raw, file)

    def copy_in(self, path: Path, name: str) -> None:
        """The other way; never half of it. What had this name is gone."""
        new = self.inner.unfinished(name)
        try:
            with path.open("rb") as file:
                shutil.copyfileobj(file, cast(BinaryIO, new))
            new.overwrite(name)
        finally:
            new.discard()

    def delete(self, name: str) -> None:
        self.inner.delete(name)

    def delete_folder(self, name: str) -> None:
        """Delete a folder that has no subfolders, with its files; a missing folder is no error."""
        self.inner.delete_folder(name)

    def delete_unfinished(self) -> int:
        """Delete what processes that were killed have left half-written; how many files."""
        return self.inner.delete_unfinished()

    def names(self, folder: str = "", before: datetime | None = None) -> Iterator[str]:
        """Of every stored file below a folder, in no order; of those alone that are older than
        `before`."""
        return self.inner.names(folder, before)

    def folders(self, root: str, after: str, most: int) -> tuple[list[str], bool]:
        """See PrivateStorage."""
        return self.inner.folders(root, after, most)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def listdir(self, path: str):
        return self.inner.listdir(path)

    def size(self, name: str) -> int:
        """In bytes, encrypted as it is stored."""
        return self.inner.size(name)

    def get_modified_time(self, name: str):
        return self.inner.get_modified_time(name)


def _decrypt_fernet(token: bytes, name: str) -> bytes:
    try:
        return cipher().decrypt_fernet(token)
    except InvalidToken:
        raise FileUnreadable(f"{name} cannot be decrypted with the configured keys.") from None


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
