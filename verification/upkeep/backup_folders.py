"""A folder with a backup: what lies in it, and the manifest that says so.

manifest.json   format, version, the migrations, the model, and each file with its size and hash
manifest.mac    that somebody with one of the file keys has written it
database        the whole database, sealed with the file keys
media/          the files, sealed as they are in use
"""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ..photos.sealing import Keyring, cipher

FORMAT, VERSION = "faceverify backup", 1
MANIFEST, MAC, DATABASE, MEDIA = "manifest.json", "manifest.mac", "database", "media"
FILE_KEYS, SECRET_KEY = "file_keys", "secret_key"
REKOGNITION_KEYS = "rekognition_keys"  # not in backups of before there were any
PIECE = 1024 * 1024


class BackupRefused(Exception):
    """A backup that cannot be made, or not be restored here; the words say why and what to do."""


def keys_folder(folder: Path) -> Path:
    """Where the keys of a backup go by default: beside it, so that they are moved elsewhere."""
    return folder.with_name(f"{folder.name}.keys")


def database_name(manifest: dict[str, Any]) -> str:
    """The name that the database is sealed under: no other backup's opens in its place."""
    return f"backup/{manifest['id']}/{DATABASE}"


def hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """The last thing that is written: without it a backup is not complete."""
    text = json.dumps(manifest, indent=1).encode()
    key = cipher().newest
    (folder / MAC).write_text(f"{key.id.hex()} {key.mac(text).hex()}\n")
    (folder / MANIFEST).write_bytes(text)


def read_manifest(folder: Path, keyring: Keyring) -> dict[str, Any]:
    """What is in a backup. Raises BackupRefused for one that is not complete, is damaged, was made
    with other keys or by a newer version, or belongs to another kind of database."""
    try:
        text, mac = (folder / MANIFEST).read_bytes(), (folder / MAC).read_text().split()
    except FileNotFoundError:
        raise BackupRefused(
            f"{folder} is no backup, or one that was not finished: it has no {MANIFEST}."
        ) from None
    keys = keyring.with_id(bytes.fromhex(mac[0])) if len(mac) == 2 else []
    if not keys:
        raise BackupRefused(
            f"{folder} was made with other file keys than these. Name the folder with its keys: "
            "--keys FOLDER"
        )
    if not hmac.compare_digest(keys[0].mac(text).hex(), mac[1]):
        raise BackupRefused(f"{folder} is damaged: {MANIFEST} was changed.")
    manifest = json.loads(text)
    if manifest["format"] != FORMAT or manifest["version"] > VERSION:
        raise BackupRefused("The backup was made by a newer version of faceverify: install that.")
    _check_migrations(manifest)
    if manifest["database"] != connection.vendor:
        raise BackupRefused(
            f"The backup holds a database of {manifest['database']}, and DATABASE_URL is one of "
            f"{connection.vendor}: set it to an empty database of that kind."
        )
    return manifest


def _check_migrations(manifest: dict[str, Any]) -> None:
    known = set(MigrationLoader(None).disk_migrations)
    if unknown := [each for each in map(tuple, manifest["migrations"]) if each not in known]:
        app, name = unknown[0]
        raise BackupRefused(
            f"The backup was made by a newer version of faceverify, with the migration {app} {name}: "
            "install that version."
        )


def check_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Raises BackupRefused unless each file is there with the hash that was noted."""
    for name, (size, digest) in manifest["files"].items():
        path = folder / name
        if not path.is_file():
            raise BackupRefused(f"{folder} is damaged: {name} is missing.")
        if path.stat().st_size != size or hash_of(path) != digest:
            raise BackupRefused(f"{folder} is damaged: {name} was changed.")


def read_keys(folder: Path) -> list[str]:
    """The file keys that a backup's folder of keys holds. Raises BackupRefused."""
    try:
        return (folder / FILE_KEYS).read_text().split()
    except OSError as error:
        raise BackupRefused(f"{folder / FILE_KEYS} cannot be read: {error.strerror}.") from None


def own_file(name: str) -> Path:
    """Where this installation keeps a key that no setting gives."""
    return settings.VAR_DIR / name
