"""Where something is still stored: every column of every table, and every file."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from verification.photos.storage import FileUnreadable, cipher, private_files

ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The audit log tells by ids, which nothing else has any more, what was done; it outlives all.
IDS_STAY = ("accounts.AuditEntry.",)


def traces_of(*sought: str | bytes) -> list[str]:
    """The columns and files, decrypted where they are encrypted, in which one of these stands."""
    wanted = [each.encode() if isinstance(each, str) else each for each in sought]
    no_ids = [each for each in wanted if not ID.fullmatch(each)]
    return [
        place
        for place, content in (*_columns(), *_files())
        if any(each in content for each in (no_ids if place.startswith(IDS_STAY) else wanted))
    ]


def _columns() -> Iterator[tuple[str, bytes]]:
    for model in apps.get_models(include_auto_created=True):
        for row in _all(model):
            for field in model._meta.concrete_fields:
                value = field.value_from_object(row)
                for content in _contents(value):
                    yield f"{model._meta.label}.{field.name}", content


def _all(model: type[models.Model]) -> Iterator[models.Model]:
    """Hidden rows as well."""
    return iter(models.QuerySet(model))


def _contents(value: Any) -> Iterable[bytes]:
    if value is None or value == "":
        return []
    if isinstance(value, bytes | memoryview):
        raw = bytes(value)
        return [raw, cipher().decrypt(raw)] if raw else []
    if isinstance(value, dict | list):
        return [json.dumps(value, ensure_ascii=False).encode()]
    return [str(value).encode()]


def _files() -> Iterator[tuple[str, bytes]]:
    for path in settings.MEDIA_ROOT.rglob("*"):
        if path.name.startswith("."):
            continue
        name = str(path.relative_to(settings.MEDIA_ROOT))
        yield f"{name} (its name)", name.encode()
        if path.is_file():
            yield name, path.read_bytes()
            try:
                with private_files().open(name) as file:
                    yield name, file.read()
            except FileUnreadable:
                continue
