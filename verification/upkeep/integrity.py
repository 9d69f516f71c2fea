"""Whether everything that the database names is stored and opens, and nothing else is stored."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..gallery.index import pgvector_integrity
from ..jobs.files import models_with_files
from ..jobs.models import Job
from ..photos.private import StorageUnavailable
from ..photos.sealing import FileUnreadable, cipher
from ..photos.storage import private_files
from .stored import (
    Named,
    archive_stem,
    files_in,
    is_archive,
    named_files,
    needs_archive,
    rows_of,
    sealed_values,
)

PIECE = 1024 * 1024
# A submission stores its photos first and its row a moment later.
SAFE_AGE = timedelta(hours=1)

KINDS = {
    "row_without_file": "rows whose file is missing",
    "file_unreadable": "files that do not open with the configured keys, or are damaged",
    "value_unreadable": "embeddings or secrets that do not open with the configured keys",
    "wrong_size": "rows that note another size than their file has",
    "file_without_row": "files, an hour old or older, that no row names",
    "folder_without_row": "folders, an hour old or older, of rows that are gone",
    "dangling_reference": "rows that refer to a row that is gone",
    "vector_missing": "people or photos without the vector that PostgreSQL searches them by",
    "vector_stale": "such vectors that are not what their photos give",
    "vector_foreign": "such vectors of people or photos that are gone",
    "database_damaged": "faults that the database finds in its own file",
}


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. `where` is a table, and an id where there is one; `fix`
    says whether it was put right."""

    kind: str
    where: str
    fixed: bool = False


def check(*, fix: bool = False, quick: bool = False) -> Iterator[Finding]:
    """Look at everything. The site may run meanwhile: what has just changed is looked at again before
    it is told, and what is younger than an hour is nobody's fault.

    With `fix`, delete the files, folders and vectors of nobody, note the right sizes, and have vectors
    written anew. With `quick`, no file
    is read, only looked for. Raises StorageUnavailable.
    """
    present = set(private_files().names(before=timezone.now() - SAFE_AGE))  # before the rows
    named: set[str] = set()
    for file in named_files():
        named.add(file.name)
        yield from _check_file(file, fix=fix, quick=quick)
    yield from _check_folders(present - named, fix=fix, quick=quick)
    yield from _check_values()
    yield from _check_references()
    for kind, where in pgvector_integrity.check(fix=fix):
        yield Finding(kind, where, fix)
    yield from _check_database()


def _check_file(file: Named, *, fix: bool, quick: bool) -> Iterator[Finding]:
    storage, where = private_files(), f"{file.model.__name__} {file.pk}"
    kind = ""
    try:
        size = storage.size(file.name)
        if not quick:
            _read(file.name)
    except FileNotFoundError:
        kind = "row_without_file"
    except StorageUnavailable:
        raise
    except (FileUnreadable, OSError):
        kind = "file_unreadable"
    else:
        if file.size not in (None, size):
            wrong = file.with_another_size(size)
            if (fix and wrong.update(**{file.size_column: size})) or wrong.exists():
                yield Finding("wrong_size", where, fix)
    if kind and file.is_still_named():
        yield Finding(kind, where)


def _read(name: str) -> None:
    with private_files().open_stream(name) as stream:
        while stream.read(PIECE):
            pass


def _check_folders(unnamed: set[str], *, fix: bool, quick: bool) -> Iterator[Finding]:
    """Files that no column names: ZIPs, and those of nobody."""
    roots = {model.ROOT: model for model in models_with_files()}
    for folder in _folders(roots):
        root, _owner, id = folder.split("/")
        row = roots[root]._base_manager.filter(pk=_uuid(id)).first()
        if row is None and _is_old(folder):
            unnamed = {name for name in unnamed if not name.startswith(f"{folder}/")}
            if private_files().exists(folder):
                if fix:
                    private_files().delete_folder(folder)
                yield Finding("folder_without_row", f"{root} {id}", fix)
    for model in roots.values():
        for row in rows_of(model._base_manager.all()):
            if stem := archive_stem(row):
                yield from _check_archive(row, stem, quick=quick)
                unnamed -= {
                    f"{row.folder}/{f}" for f in files_in(row.folder) if is_archive(f, stem)
                }
    for name in sorted(unnamed):
        if private_files().exists(name):  # nobody has deleted it meanwhile
            if fix:
                private_files().delete(name)
            yield Finding("file_without_row", name.split("/")[0], fix)


def _check_archive(row: Job, stem: str, *, quick: bool) -> Iterator[Finding]:
    where = f"{type(row).__name__} {row.pk}"
    files = [file for file in files_in(row.folder) if is_archive(file, stem)]
    if not files and needs_archive(row):
        again = type(row)._base_manager.filter(pk=row.pk).first()
        if again and needs_archive(again):
            yield Finding("row_without_file", where)
    for file in [] if quick else files:
        try:
            _read(f"{row.folder}/{file}")
        except FileNotFoundError:
            pass  # finished meanwhile
        except StorageUnavailable:
            raise
        except (FileUnreadable, OSError):
            yield Finding("file_unreadable", where)


def _check_values() -> Iterator[Finding]:
    for value in sealed_values():
        try:
            cipher().decrypt(value.value)
        except InvalidToken:
            if value.rows.exists():
                yield Finding("value_unreadable", f"{value.model.__name__} {value.pk}")


def _check_references() -> Iterator[Finding]:
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if not isinstance(field, models.ForeignKey) or model._meta.proxy:
                continue
            target = field.remote_field.model._base_manager
            there = target.filter(**{field.target_field.attname: OuterRef(field.attname)})
            rows = model._base_manager.filter(**{f"{field.attname}__isnull": False})
            for pk in rows.filter(~Exists(there)).order_by().values_list("pk", flat=True):
                yield Finding("dangling_reference", f"{model.__name__} {pk}")


def _check_database() -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check")
            for (said,) in cursor.fetchall():
                if said != "ok":
                    yield Finding("database_damaged", "SQLite")


def _folders(roots: dict[str, type[Job]]) -> Iterator[str]:
    storage = private_files()
    for root in roots:
        for owner in _subfolders(root):
            for id in _subfolders(f"{root}/{owner}"):
                if storage.exists(f"{root}/{owner}/{id}"):
                    yield f"{root}/{owner}/{id}"


def _subfolders(path: str) -> list[str]:
    try:
        return private_files().listdir(path)[0]
    except FileNotFoundError:
        return []


def _is_old(name: str) -> bool:
    try:
        return private_files().get_modified_time(name) < timezone.now() - SAFE_AGE
    except FileNotFoundError:
        return False


def _uuid(text: str) -> uuid.UUID:
    """The id in a folder's name, or one that no row has."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
