"""Put a backup in the place of an empty installation."""

import os
import secrets
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.utils.crypto import constant_time_compare

from ..photos.sealed_files import SealedReader
from ..photos.sealing import Keyring, cipher
from ..photos.storage import private_files
from . import backup_folders as folders
from . import databases

ENVIRONMENT = {
    folders.FILE_KEYS: "FACEVERIFY_FILE_KEYS",
    folders.SECRET_KEY: "FACEVERIFY_SECRET_KEY",
    folders.REKOGNITION_KEYS: "FACEVERIFY_REKOGNITION_KEYS",
}


def restore(folder: Path, keys: Path | None = None, *, force: bool = False) -> dict[str, Any]:
    """Restore the backup in `folder`, with the keys in `keys` where they are not the configured ones;
    its manifest. With `force`, whatever the installation holds is replaced.

    Nothing is changed before the whole backup was read and found to be right. The database comes
    last: a run that was cut off is started again.

    Raises BackupRefused, DatabaseNotCopied and OSError.
    """
    texts = folders.read_keys(keys) if keys else settings.FACEVERIFY_FILE_KEYS
    manifest = folders.read_manifest(folder, Keyring(tuple(texts)))
    folders.check_files(folder, manifest)
    prefix = f"{folders.MEDIA}/"
    files = {name.removeprefix(prefix) for name in manifest["files"] if name.startswith(prefix)}
    storage = private_files()
    others = [name for name in storage.names() if name not in files]
    if (others or _has_accounts()) and not force:
        raise folders.BackupRefused(
            "This installation is not empty. To have everything in it replaced by the backup, say "
            "--force."
        )
    if keys:
        _take_keys(keys, texts)
    for name in others:
        storage.delete(name)
    for name in sorted(files):
        storage.copy_in(folder / folders.MEDIA / name, name)
    with (folder / folders.DATABASE).open("rb") as raw:
        reader = SealedReader(raw, cipher(), folders.database_name(manifest))
        databases.load(cast(BinaryIO, reader))
    return manifest


def _has_accounts() -> bool:
    try:
        return get_user_model().objects.exists()
    except DatabaseError:  # no tables yet
        return False


def _take_keys(keys: Path, texts: list[str]) -> None:
    """Use the backup's keys from now on. Raises BackupRefused where a setting gives others."""
    secret = (keys / folders.SECRET_KEY).read_text().strip()
    given = {folders.FILE_KEYS: texts, folders.SECRET_KEY: [secret]}
    used = {
        folders.FILE_KEYS: list(settings.FACEVERIFY_FILE_KEYS),
        folders.SECRET_KEY: [settings.SECRET_KEY],
        folders.REKOGNITION_KEYS: list(settings.FACEVERIFY_REKOGNITION_KEYS),
    }
    masters = keys / folders.REKOGNITION_KEYS
    if masters.exists():
        given[folders.REKOGNITION_KEYS] = masters.read_text().split()
    differing = [
        name
        for name in given
        if not constant_time_compare(" ".join(given[name]), " ".join(used[name]))
    ]
    for name in differing:
        if os.environ.get(ENVIRONMENT[name]):
            raise folders.BackupRefused(
                f"{ENVIRONMENT[name]} is set to another key than the backup's: set it to what is in "
                f"{keys / name}, separated by commas, or unset it."
            )
    for name in differing:
        _write_key(folders.own_file(name), given[name])
    settings.FACEVERIFY_FILE_KEYS = texts
    settings.SECRET_KEY = secret
    settings.FACEVERIFY_REKOGNITION_KEYS = given.get(
        folders.REKOGNITION_KEYS, used[folders.REKOGNITION_KEYS]
    )


def _write_key(path: Path, lines: list[str]) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
