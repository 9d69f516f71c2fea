"""Photos at rest: encrypted, private, never served by URL."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.http import Http404


class FileUnreadable(Exception):
    """A stored file cannot be decrypted with any of the keys, or was changed on disk."""


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def cipher() -> MultiFernet:
    """Encrypts with the first of FACEVERIFY_FILE_KEYS, decrypts with any of them."""
    return _cipher(tuple(settings.FACEVERIFY_FILE_KEYS))


class EncryptedStorage(Storage):
    """Encrypts what is written to the storage `private` of settings.STORAGES."""

    @property
    def inner(self) -> Storage:
        return storages["private"]

    def _save(self, name: str, content: File) -> str:
        content.seek(0)
        return self.inner.save(name, ContentFile(cipher().encrypt(content.read())))

    def _open(self, name: str, mode: str = "rb") -> File:
        if mode != "rb":
            raise ValueError("An encrypted file is read or replaced as a whole.")
        with self.inner.open(name, "rb") as file:
            token = file.read()
        try:
            return ContentFile(cipher().decrypt(token), name=name)
        except InvalidToken:
            raise FileUnreadable(f"{name} cannot be decrypted with the configured keys.") from None

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return self.inner.get_available_name(name, max_length)

    def delete(self, name: str) -> None:
        self.inner.delete(name)

    def delete_folder(self, name: str) -> None:
        """Delete a folder that has no subfolders, with its files; a missing folder is no error."""
        try:
            _folders, files = self.listdir(name)
        except FileNotFoundError:
            return
        for file in files:
            self.inner.delete(f"{name}/{file}")
        self.inner.delete(name)

    def exists(self, name: str) -> bool:
        return self.inner.exists(name)

    def listdir(self, path: str):
        return self.inner.listdir(path)

    def size(self, name: str) -> int:
        """In bytes, encrypted as it is on disk."""
        return self.inner.size(name)

    def get_modified_time(self, name: str):
        return self.inner.get_modified_time(name)


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
