"""What an account has stored, and whether there is room for more.

A model whose rows have files names the columns with their sizes in STORED, as a job does. The sum is taken over the rows when it is needed, and only where a quota holds: there is no counter that
could go wrong. Cropped faces and embeddings, which workers add later, may pass the quota by a little.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import F, Model, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from accounts.owner_lock import owner_locked
from accounts.selectors import quota_bytes
from faceverify.api.errors import QuotaExceeded

from ..text.sentences import sentence

NEARLY_FULL = 0.8
# Shown at once, or stored in the report of an import.
NO_ROOM = sentence("Your account may store %(quota)s and has %(used)s: there is no room for this.")
REMEDY = sentence(
    "Delete comparisons, photos, exports or failed imports that you do not need any more, or ask whoever "
    "runs this site for more room."
)


@dataclass(frozen=True)
class Storage:
    """`used` and `quota` in bytes; no quota: None."""

    used: int
    quota: int | None

    @property
    def left(self) -> int | None:
        return None if self.quota is None else max(0, self.quota - self.used)

    @property
    def percent(self) -> int:
        return min(100, 100 * self.used // self.quota) if self.quota else 0

    @property
    def is_nearly_full(self) -> bool:
        return self.quota is not None and self.used >= NEARLY_FULL * self.quota


def bytes_stored(*, owner_id: UUID) -> int:
    """All files of the owner's, ZIPs that wait for a worker or for their download included."""
    total = 0
    models: list[Any] = apps.get_models()
    for model in models:
        if stored := getattr(model, "STORED", ()):
            columns = [F(column) for column in stored]
            size = sum(columns[1:], start=columns[0])
            total += model.stored_rows(owner_id).order_by().aggregate(size=Sum(size))["size"] or 0
    return total


def size_of(row: Model) -> int:
    """The bytes of a row's files."""
    return sum(getattr(row, column) for column in getattr(row, "STORED", ()))


def storage_of(*, owner_id: UUID) -> Storage:
    return Storage(bytes_stored(owner_id=owner_id), quota_bytes(owner_id=owner_id))


def room_left(*, owner_id: UUID) -> int | None:
    """In bytes; None without a quota."""
    quota = quota_bytes(owner_id=owner_id)
    return None if quota is None else max(0, quota - bytes_stored(owner_id=owner_id))


def check_room(*, owner_id: UUID, adding: int = 1) -> None:
    """Raises QuotaExceeded where so many bytes more are too many; to be asked before the dear part of
    taking something in."""
    quota = quota_bytes(owner_id=owner_id)
    if quota is None:
        return
    used = bytes_stored(owner_id=owner_id)
    if used + adding > quota:
        raise _no_room(used, quota)


class Room:
    """What an account may still store, asked once for several files: in a transaction of `owner_locked`,
    where nobody else takes it meanwhile."""

    def __init__(self, owner_id: UUID):
        self._quota = quota_bytes(owner_id=owner_id)
        self._used = 0 if self._quota is None else bytes_stored(owner_id=owner_id)

    def take(self, size: int) -> None:
        """For a file of so many bytes. Raises QuotaExceeded, and nothing is taken."""
        if self._quota is not None and self._used + size > self._quota:
            raise _no_room(self._used, self._quota)
        self._used += size


def refuse_for_room(*, owner_id: UUID) -> NoReturn:
    """Raises QuotaExceeded for something that was found too large while it came in."""
    storage = storage_of(owner_id=owner_id)
    raise _no_room(storage.used, storage.quota or 0)


def _no_room(used: int, quota: int) -> QuotaExceeded:
    detail = gettext(NO_ROOM) % {"quota": filesizeformat(quota), "used": filesizeformat(used)}
    return QuotaExceeded(detail.replace("\xa0", " "), gettext(REMEDY))


@contextmanager
def room_for(*, owner_id: UUID, adding: int) -> Iterator[None]:
    """A transaction in which the row of files of so many bytes is stored: with a quota it is the only
    one of this owner's, so that two at the same moment cannot both take the last room. Raises
    QuotaExceeded."""
    if quota_bytes(owner_id=owner_id) is None:
        with transaction.atomic():
            yield
        return
    with owner_locked(owner_id):
        check_room(owner_id=owner_id, adding=adding)
        yield
