"""Check, before anything serves, that what is stored can be decrypted with the configured keys."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, models

from .storage import cipher

SAMPLE = 3  # values of each column, and files


class KeysLost(Exception):
    """None of what is stored can be decrypted with the configured keys."""

    def __init__(self) -> None:
        self.detail = (
            "What is stored here (photos, embeddings, webhook secrets) is encrypted with other keys "
            "than the configured ones."
        )
        self.remedy = (
            f"Restore the file {settings.VAR_DIR / 'file_keys'} from a backup, or set "
            "FACEVERIFY_FILE_KEYS to the keys that were in it. If everything stored may be lost: "
            f"delete the database and what is in {settings.MEDIA_ROOT}."
        )
        super().__init__(f"{self.detail} {self.remedy}")


def check_keys() -> None:
    """Check that some of what is stored can be decrypted, if anything is stored.

    A few damaged files or rows do not matter here: they fail where they are used. A key that this
    process has just made is deleted again, so that no backup keeps it in place of the lost one.

    Raises:
        KeysLost: nothing can be decrypted.
        DatabaseError: the database cannot be reached, or has no tables yet.
    """
    stored = itertools.chain(_stored_values(), _stored_files())
    first = next(stored, None)
    if first is None or any(map(_decrypts, itertools.chain([first], stored))):
        return
    if settings.FACEVERIFY_NEW_FILE_KEY:
        settings.FACEVERIFY_NEW_FILE_KEY.unlink(missing_ok=True)
    raise KeysLost


@register(Tags.database)
def check_keys_at_migrate(app_configs, databases=None, **kwargs) -> list[Error]:
    """The same check for `migrate`, which every start of an installation runs first."""
    try:
        check_keys()
    except KeysLost as error:
        return [Error(error.detail, hint=error.remedy, id="verification.E003")]
    except DatabaseError:
        pass
    return []


def _decrypts(token: bytes) -> bool:
    try:
        cipher().decrypt(token)
    except (InvalidToken, ValueError):  # ValueError: no Fernet key, see check_file_keys
        return False
    return True


def _stored_values() -> Iterator[bytes]:
    """A few values of each binary column. Every binary column is encrypted."""
    for model in apps.get_app_config("verification").get_models():
        for field in model._meta.fields:
            if isinstance(field, models.BinaryField):
                filled = model._default_manager.exclude(**{field.name: b""}).order_by("-pk")
                yield from map(bytes, filled.values_list(field.name, flat=True)[:SAMPLE])


def _stored_files() -> Iterator[bytes]:
    paths = (
        Path(folder, name)
        for folder, _folders, names in os.walk(settings.MEDIA_ROOT)
        for name in names
        if not name.startswith(".")  # .gitkeep
    )
    return (path.read_bytes() for path in itertools.islice(paths, SAMPLE))
