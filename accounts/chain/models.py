"""The rows of a chain, and its head."""

import datetime as dt
import json
import uuid
from typing import Any, NoReturn, TypeVar

from django.db import models

Entry = TypeVar("Entry", bound="ChainedEntry")

SEALS = ("hash", "seal")


class AppendOnly(Exception):
    """Somebody tried to change or delete an entry of a chain."""

    def __init__(self) -> None:
        super().__init__("Entries of a chain are neither changed nor deleted.")


def _refuse(*_args: Any, **_kwargs: Any) -> NoReturn:
    raise AppendOnly


class AppendOnlyQuerySet(models.QuerySet[Entry]):
    update = delete = bulk_update = update_or_create = _refuse


class ChainHead(models.Model):
    """The end of a chain. Who appends locks this row, so that no two entries follow the same one."""

    name = models.CharField(max_length=100, primary_key=True)  # the label of the entries' model
    number = models.PositiveBigIntegerField(default=0)  # of the newest entry; 0: there is none
    hash = models.CharField(max_length=64, default="")
    # Entries before this number were dropped after their time, see sealing.drop_before. The
    # triggers let go of no other.
    kept_from = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class ChainedEntry(models.Model):
    """An entry of a chain. The model refuses to change or delete it; so does the database, see triggers.

    An entry is sealed when it is appended (sealing.append). One that was only saved has no number yet:
    sealing.seal_waiting gives it its place. So a transaction can write an entry without making all others wait for
    its end.

    The hash covers every field but those that are empty, so that a field can be added later. Values
    must be what JSON can say: text, whole numbers, truth values, dates with time, UUIDs, lists and dicts.
    """

    number = models.PositiveBigIntegerField(unique=True, null=True, editable=False)
    previous = models.CharField(max_length=64, blank=True, editable=False)  # the hash before
    hash = models.CharField(max_length=64, blank=True, editable=False)
    seal = models.CharField(max_length=80, blank=True, editable=False)  # key's name:HMAC

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    # The order in which waiting entries are sealed.
    oldest_first: tuple[str, ...] = ("pk",)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly

    @classmethod
    def chain(cls) -> str:
        return cls._meta.label_lower

    def says(self) -> dict[str, Any]:
        """What the hash covers, ready for JSON."""
        values = {
            field.attname: field.value_from_object(self)
            for field in self._meta.concrete_fields
            if field.attname not in SEALS
        }
        told = {name: _plain(value) for name, value in values.items() if not _empty(value)}
        return {"chain": self.chain(), **told}

    def canonical(self) -> bytes:
        """`says` as JSON with sorted names, without spaces, in ASCII."""
        return json.dumps(self.says(), sort_keys=True, separators=(",", ":")).encode("ascii")

    def vouches_for(self) -> tuple[int, str] | None:
        """(number, hash) of the last entry that was dropped, if this entry records that."""
        return None


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="microseconds")
    if isinstance(value, uuid.UUID):
        return str(value)
    return value
