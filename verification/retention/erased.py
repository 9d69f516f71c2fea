"""What is gone for good, noted so that restoring an old backup does not bring it back.

Noted are digests: the SHA-256 of kind and id. The id is random, so nobody can get from the digest
to the id; whoever has the id again, in a restored row, can see that it was erased.

The notes are written in the transaction that erases. They also go into a list outside of the
database, the file FACEVERIFY_ERASURES, for a restored database knows only what was erased before
its backup was made.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from .models import Erased

# Kinds of notes besides the names of models, whose rows are gone.
EVERYWHERE = "everywhere"  # a person who was erased everywhere
PHOTOS, CROPS, NAMES = "photos", "crops", "names"  # of a verdict that stays
BATCH_FACES = "batch_faces"  # of photos, by their rows
ACCOUNT = "account"
KEY, PASSKEY = "ended key", "passkey"  # that must not let anybody in any more

AT_ONCE = 500
Id = TypeVar("Id", UUID, str)

logger = structlog.get_logger(__name__)
_one_note_is_enough: ContextVar[bool] = ContextVar("_one_note_is_enough", default=False)


def digest_of(kind: str, id: UUID | str) -> str:
    return hashlib.sha256(f"{kind}:{id}".encode()).hexdigest()


def passkey_id(passkey: Any) -> str:
    """Its number alone may be another's after a backup was restored."""
    return f"{passkey.pk} {passkey.created_at.isoformat()}"


def note(kind: str, ids: Iterable[UUID | str]) -> None:
    """Note, in this transaction, that these are gone."""
    if _one_note_is_enough.get():
        return
    rows = [Erased(kind=kind, digest=digest_of(kind, id)) for id in ids]
    if rows:
        Erased.objects.bulk_create(rows, batch_size=AT_ONCE)
        extend_list_later()


@contextmanager
def noted_as_a_whole() -> Iterator[None]:
    """Rows that are deleted in this context are not noted one by one: a note says it of all."""
    token = _one_note_is_enough.set(True)
    try:
        yield
    finally:
        _one_note_is_enough.reset(token)


def extend_list_later() -> None:
    """Extend the list once the transaction is committed."""
    if not any(hook[1] is extend_list for hook in connection.run_on_commit):
        transaction.on_commit(extend_list)


def extend_list() -> int:
    """Append to the list what is not in it yet; how many notes. What cannot be written now is
    written later: the daily clean-up comes here too."""
    try:
        with _opened() as file:
            return _extend(file)
    except OSError as error:
        logger.error("erasures_not_listed", error=type(error).__name__)
        return 0


def _extend(file: Any) -> int:
    written = 0
    while rows := list(Erased.objects.filter(listed=False).order_by("pk")[:AT_ONCE]):
        lines = [{"at": row.at.isoformat(), "kind": row.kind, "sha256": row.digest} for row in rows]
        file.write(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
        Erased.objects.filter(pk__in=[row.pk for row in rows]).update(listed=True)
        written += len(rows)
    return written


def list_later(entry: dict[str, Any]) -> None:
    """Put something else into the list once the transaction is committed."""
    transaction.on_commit(lambda: _append(json.dumps(entry).encode() + b"\n"))


def _append(line: bytes) -> None:
    try:
        with _opened() as file:
            file.write(line)
    except OSError as error:
        logger.error("erasures_not_listed", error=type(error).__name__)


@contextmanager
def _opened() -> Iterator[Any]:
    """The list, to be appended to by one process at a time."""
    path: Path = settings.FACEVERIFY_ERASURES
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


class Noted:
    """Everything that is known to be gone: from the database, from this installation's own list, and
    from others."""

    def __init__(self, own: Path, others: Iterable[Path] = ()):
        self.receipts: list[dict[str, Any]] = []
        self._digests: dict[str, set[str]] = {}
        self._only_listed: list[Erased] = []
        self._not_in_own: list[int] = []  # rows of the database
        if own.exists():
            self._read(own, listed=True)
        in_own = {kind: set(digests) for kind, digests in self._digests.items()}
        self._own_receipts = {each.get("id") for each in self.receipts}
        for path in others:
            self._read(path, listed=False)
        for pk, kind, digest in Erased.objects.order_by().values_list("pk", "kind", "digest"):
            self._digests.setdefault(kind, set()).add(digest)
            if digest not in in_own.get(kind, ()):
                self._not_in_own.append(pk)

    def __len__(self) -> int:
        return sum(map(len, self._digests.values()))

    def of(self, kind: str, ids: Iterable[Id]) -> list[Id]:
        """Those of these ids that are gone."""
        known = self._digests.get(kind)
        return [id for id in ids if digest_of(kind, id) in known] if known else []

    def keep(self) -> None:
        """Note all of it in the database and in the own list, in this transaction: neither the other
        lists nor the backup need be at hand the next time."""
        known = set(Erased.objects.order_by().values_list("kind", "digest"))
        new = [row for row in self._only_listed if (row.kind, row.digest) not in known]
        Erased.objects.bulk_create(new, batch_size=AT_ONCE)
        for start in range(0, len(self._not_in_own), AT_ONCE):
            part = self._not_in_own[start : start + AT_ONCE]
            Erased.objects.filter(pk__in=part).update(listed=False)
        extend_list_later()

    def is_in_own(self, receipt: UUID) -> bool:
        return str(receipt) in self._own_receipts

    def _read(self, path: Path, *, listed: bool) -> None:
        """A line that a killed process has not finished, or somebody has damaged, is passed over."""
        with path.open("rb") as file:
            for line in file:
                try:
                    entry = json.loads(line)
                    if "receipt" in entry:
                        self.receipts.append(dict(entry["receipt"]))
                        continue
                    kind, digest, at = entry["kind"], entry["sha256"], entry["at"]
                except (ValueError, KeyError, TypeError):
                    continue
                known = self._digests.setdefault(kind, set())
                if digest not in known:
                    known.add(digest)
                    row = Erased(kind=kind, digest=digest, at=at, listed=listed)
                    self._only_listed.append(row)
