"""Check, before anything serves, that what is stored can be decrypted with the configured keys."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db import DatabaseError, models

from accounts.sealed import secrets_of_factors

from .private import StorageUnavailable
from .sealing import FileUnreadable, cipher
from .storage import private_files

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
            f"delete the database and what is in {private_files().inner.place}."
        )
        super().__init__(f"{self.detail} {self.remedy}")


def check_keys() -> None:
    """Check that some of what is stored can be decrypted, if anything is stored.

    A few damaged files or rows do not matter here: they fail where they are used. A key that this
    process has just made is deleted again, so that no backup keeps it in place of the lost one.

    Raises:
        KeysLost: nothing can be decrypted.
        DatabaseError: the database cannot be reached, or has no tables yet.
        StorageUnavailable: the bucket cannot be reached.
    """
    opened = itertools.chain(_values_open(), _files_open(), _factors_open())
    first = next(opened, None)
    if first is None or first or any(opened):
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
    except (DatabaseError, StorageUnavailable):
        pass
    return []


def _values_open() -> Iterator[bool]:
    """Of a few values of each binary column whether they open. Every binary column is encrypted; what is
    derived from others is made again where it does not open."""
    for model in apps.get_app_config("verification").get_models():
        if getattr(model, "DERIVED", False):
            continue
        for field in model._meta.fields:
            if isinstance(field, models.BinaryField):
                filled = model._default_manager.exclude(**{field.name: b""}).order_by("-pk")
                stored = filled.values_list(field.name, flat=True)[:SAMPLE]
                yield from (_opens(cipher().decrypt, bytes(value)) for value in stored)


def _files_open() -> Iterator[bool]:
    files = private_files()
    # What is no file, as a pipe that somebody made there, is not opened: that might never return.
    regular = (name for name in files.names() if files.inner.is_file(name))
    names = itertools.islice(regular, SAMPLE)
    return (_opens(_open, name) for name in names)


def _open(name: str) -> None:
    private_files().open(name).close()


def _opens(look: Callable[[Any], object], stored: Any) -> bool:
    try:
        look(stored)
    except FileNotFoundError:  # deleted meanwhile
        return True
    except (InvalidToken, FileUnreadable, ValueError):  # ValueError: no key, see check_file_keys
        return False
    return True


def _factors_open() -> Iterator[bool]:
    """The same of a few secrets of second factors."""
    try:
        secrets = list(secrets_of_factors(SAMPLE))
    except DatabaseError:
        return  # a version that had none is being upgraded
    yield from (_opens(cipher().decrypt, secret.encode()) for secret in secrets)
