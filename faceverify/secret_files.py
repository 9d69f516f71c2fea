"""Secrets that a fresh clone makes for itself, once, in the private folder `var/`."""

import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from .private_paths import close, private_folder


def read_or_create(path: Path, make: Callable[[], str]) -> str:
    """The secret in `path`, which is made if there is none.

    Web and worker may start at the same moment: the finished file is linked into place, and the
    second process reads what the first one wrote.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        pass
    private_folder(path.parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        os.fchmod(handle, 0o600)  # whatever the umask
        with os.fdopen(handle, "w") as file:
            file.write(make() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
    finally:
        os.unlink(temporary)
    return _read(path)


def _read(path: Path) -> str:
    value = path.read_text().strip()
    close(path)
    if not value:
        raise ImproperlyConfigured(f"{path} is empty: restore it from a backup, or delete it.")
    return value


def secret_key(path: Path) -> str:
    return read_or_create(path, lambda: secrets.token_urlsafe(64))


def file_keys(path: Path, media: Path) -> list[str]:
    """The keys that encrypt what is stored, newest first, one a line in `path`.

    A new key is never made while files encrypted with a lost one are still there: it could
    not read them, and the loss would be noticed much too late. What the database holds is
    looked at later, by verification.photos.keys.
    """
    if not path.exists() and _holds_a_file(media):
        raise ImproperlyConfigured(
            f"{path} is missing, but {media} holds files encrypted with its keys. Restore it from "
            "a backup, or set FACEVERIFY_FILE_KEYS to the keys that were in it. If everything "
            f"stored may be lost: delete the database and what is in {media}."
        )
    return read_or_create(path, lambda: Fernet.generate_key().decode()).split()


def rekognition_keys(path: Path) -> list[str]:
    """The keys from which the secrets of access keys are derived, newest first, one a line in `path`."""
    return read_or_create(path, lambda: secrets.token_urlsafe(48)).split()


def _holds_a_file(folder: Path) -> bool:
    """Whether there is any file below a folder but hidden ones (.gitkeep, and what a process that was
    killed has left half-written)."""
    for _folder, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(not name.startswith(".") for name in names):
            return True
    return False
