"""A copy of the whole installation, taken while it runs."""

import os
import secrets
import shutil
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from ..engine import record
from ..jobs.files import models_with_files
from ..photos.sealed_files import SealedWriter
from ..photos.sealing import cipher
from ..photos.storage import private_files
from . import backup_folders as folders
from . import databases


def backup(folder: Path, keys: Path | None) -> dict[str, Any]:
    """Write a backup into a folder that is new or empty, and the keys into `keys`, if that is not
    None; its manifest.

    The backup shows the installation as it is when the database is copied. Stored files never change,
    so they are copied before it, and once more those that came meanwhile: a file that is deleted after
    its row was copied is in the backup already. What the copied database does not know goes again.

    Raises BackupRefused, DatabaseNotCopied and OSError.
    """
    for place in (folder, *([keys] if keys else [])):
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise folders.BackupRefused(f"{place} is not empty: name a new folder.")
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.chmod(0o700)
    manifest: dict[str, Any] = {
        "format": folders.FORMAT,
        "version": folders.VERSION,
        "id": secrets.token_hex(16),
        "made_at": timezone.now().isoformat(),
        "database": connection.vendor,
    }
    _copy_files(folder)
    ids = _copy_database(folder, manifest)
    _copy_files(folder)
    _leave_out_unknown(folder, ids)
    manifest |= {
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "model": _model(),
        "files": {
            path.relative_to(folder).as_posix(): [path.stat().st_size, folders.hash_of(path)]
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    if keys:
        _write(keys / folders.FILE_KEYS, "\n".join(settings.FACEVERIFY_FILE_KEYS) + "\n")
        _write(keys / folders.SECRET_KEY, settings.SECRET_KEY + "\n")
        _write(
            keys / folders.REKOGNITION_KEYS, "\n".join(settings.FACEVERIFY_REKOGNITION_KEYS) + "\n"
        )
    folders.write_manifest(folder, manifest)
    return manifest


def _copy_files(folder: Path) -> None:
    """Copy the files that are not there yet."""
    storage = private_files()
    passing = tuple(f"{model.ROOT}/" for model in models_with_files() if model.PASSING)
    for name in storage.names():
        target = folder / folders.MEDIA / name
        if target.exists() or name.startswith(passing):
            continue
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            storage.copy_out(name, target)
        except FileNotFoundError:
            target.unlink(missing_ok=True)  # deleted meanwhile


def _copy_database(folder: Path, manifest: dict[str, Any]) -> databases.Ids:
    with (folder / folders.DATABASE).open("w+b") as file:
        writer = SealedWriter(file, cipher())
        ids = databases.dump(cast(BinaryIO, writer))
        writer.seal_end()
        writer.seal_header(folders.database_name(manifest))
        os.fsync(file.fileno())
    return ids


def _leave_out_unknown(folder: Path, ids: databases.Ids) -> None:
    """Delete the copies of files whose row had been deleted, or was not there yet, when the database
    was copied."""
    for model in models_with_files():
        known = {str(id) for id in ids.get(model.ROOT, ())}
        for copied in (folder / folders.MEDIA / model.ROOT).glob("*/*"):
            if copied.name not in known:
                shutil.rmtree(copied)


def _model() -> dict[str, str] | None:
    active = record.recorded()
    if active is None:
        return None
    return {
        "name": active.model_name,
        "version": active.model_version,
        "sha256": active.model_sha256,
    }


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
