"""What the database says is stored: files named by rows, and sealed values in columns."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models

from ..batches.models import Batch
from ..gallery_io.models import Transfer
from ..jobs.models import Job
from ..photos.archives import ARCHIVE, FORMER_STEM
from ..photos.storage import EncryptedStorage, private_files

AT_ONCE = 500  # rows


class Named(NamedTuple):
    """A file that a row names in a column; `size` is that of the file, None where no column has it."""

    model: type[models.Model]
    pk: Any
    column: str
    name: str
    size_column: str
    size: int | None

    @property
    def rows(self) -> models.QuerySet:
        """The row, as long as it names this file."""
        return self.model._base_manager.filter(pk=self.pk, **{self.column: self.name})

    def is_still_named(self) -> bool:
        return self.rows.exists()

    def with_another_size(self, size: int) -> models.QuerySet:
        """The row, as long as it names this file with another size."""
        return self.rows.exclude(**{self.size_column: size})


class Sealed(NamedTuple):
    """A sealed value in a column."""

    model: type[models.Model]
    pk: Any
    column: str
    value: bytes

    @property
    def rows(self) -> models.QuerySet:
        """The row, as long as it has this value."""
        return self.model._base_manager.filter(pk=self.pk, **{self.column: self.value})


def named_files() -> Iterator[Named]:
    """Every file that a column names, also one of a hidden row."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField) and isinstance(field.storage, EncryptedStorage):
                yield from _named(model, field)


def _named(model: type[models.Model], field: models.FileField) -> Iterator[Named]:
    size_column = getattr(field, "size_field", "")
    columns = [field.name, *([size_column] if size_column else [])]
    rows = model._base_manager.exclude(**{field.name: ""})
    for pk, name, *size in rows_of(rows, *columns):
        yield Named(model, pk, field.name, name, size_column, size[0] if size else None)


def sealed_values() -> Iterator[Sealed]:
    """Every value of every binary column: all of them are sealed. Blocks of templates are not among them:
    they are derived from what is, see verification/gallery/index/."""
    for model in apps.get_models():
        if not model._meta.app_config.name.startswith(("verification", "accounts")):
            continue
        if getattr(model, "DERIVED", False):
            continue
        for field in model._meta.concrete_fields:
            if isinstance(field, models.BinaryField):
                filled = model._base_manager.exclude(**{field.name: b""})
                rows = filled.exclude(**{f"{field.name}__isnull": True})
                for pk, value in rows_of(rows, field.name):
                    yield Sealed(model, pk, field.name, bytes(value))


def rows_of(rows: models.QuerySet, *columns: str) -> Iterator[Any]:
    """The rows in the order of their keys, or (key, *columns) of each. Between two pages no query is
    open, so that what is found can be changed: on SQLite an open one would keep writes from their
    lock."""
    last = None
    while True:
        page = rows.order_by("pk") if last is None else rows.order_by("pk").filter(pk__gt=last)
        found = list((page.values_list("pk", *columns) if columns else page)[:AT_ONCE])
        yield from found
        if len(found) < AT_ONCE:
            return
        last = found[-1][0] if columns else found[-1].pk


def archive_stem(row: Job) -> str | None:
    """The name of the file, or the stem of the parts, of a ZIP that no column names; None: the row
    has none, or a column names it."""
    if isinstance(row, Transfer):
        return getattr(row, "stem", ARCHIVE) or None  # of an export each run has its own
    if isinstance(row, Batch) and row.archive_bytes and not row.archive.name:
        return FORMER_STEM
    return None


def needs_archive(row: Job) -> bool:
    """Whether a row cannot do without its ZIP."""
    if hasattr(row, "is_fetchable"):  # an export, of whatever
        return row.is_fetchable
    return not row.is_finished and archive_stem(row) is not None


def is_archive(file: str, stem: str) -> bool:
    """Whether a file of a folder is the ZIP with this stem, or a part of it."""
    stems = {stem, FORMER_STEM} if stem == ARCHIVE else {stem}
    return file in stems or any(re.fullmatch(rf"{re.escape(s)}-\d{{5}}", file) for s in stems)


def files_in(folder: str) -> list[str]:
    try:
        return private_files().listdir(folder)[1]
    except FileNotFoundError:
        return []
