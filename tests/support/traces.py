"""Where something is still stored: every column of every table, and every file."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from verification.photos.storage import FileUnreadable, cipher, private_files


def traces_of(*sought: str | bytes) -> list[str]:
    """The columns and files, decrypted where they are encrypted, in which one of these stands."""
    wanted = [each.encode() if isinstance(each, str) else each for each in sought]
    return [
        place
        for place, content in (*_columns(), *_files())
        if any(each in content for each in wanted)
    ]


def _columns() -> Iterator[tuple[str, bytes]]:
    for model in apps.get_models(include_auto_created=True):
        for row in models.QuerySet(model):
            for field in model._meta.concrete_fields:
                value = field.value_from_object(row)
                for content in _contents(value):
                    yield f"{model._meta.label}.{field.name}", content


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
