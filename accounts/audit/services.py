"""Writing the audit log."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from ..chain.models import ChainHead
from ..chain.sealing import BATCH, drop_before, seal_waiting
from . import context
from .actions import Action
from .buffer import buffer
from .models import AuditEntry

# What a detail may say: codes, ids and numbers. A name, an address or a file's name does not fit.
CODE = re.compile(r"[a-z0-9_:-]{1,64}", re.ASCII)

DATA = "data"  # the kind of entries about what an account has stored

Thing = Model | tuple[str, Any]  # a row, or (kind, id)


class NotACode(ValueError):
    """The detail of an entry is free text, which could be personal."""


def record(
    *,
    action: Action,
    account: UUID | None = None,
    actor: UUID | None = None,
    object: Thing | None = None,
    request: HttpRequest | Request | None = None,
    **detail: Any,
) -> None:
    """Write what was done, in the transaction that does it: the one is stored exactly if the other is.

    What somebody does with data of another account, in a gallery that is shared, stands in both logs.

    Args:
        account: whose log it belongs to; by default the owner of the object, else the actor.
        actor: the user who does it; by default that of the request under way. None in a worker or a
            command: the server.
        object: what it is done to.
        request: by default the one under way.
        detail: further facts: numbers, truth values, ids, and codes of small letters, or lists of them.

    Raises NotACode for any other detail.
    """
    for entry in _in_both_logs([_entry(action, account, actor, object, request, detail)]):
        entry.save()
    transaction.on_commit(buffer.wake)


def record_each(
    *, action: Action, objects: Sequence[Thing], account: UUID | None = None, **detail: Any
) -> None:
    """`record` for each of several objects."""
    entries = [_entry(action, account, None, thing, None, detail) for thing in objects]
    AuditEntry.objects.bulk_create(_in_both_logs(entries), batch_size=BATCH)
    transaction.on_commit(buffer.wake)


def looked(
    *,
    action: Action = Action.LOOKED,
    account: UUID | None = None,
    object: Thing | None = None,
    request: HttpRequest | Request | None = None,
    **detail: Any,
) -> None:
    """Note that somebody was shown something, in their own log or in that of `account`. It is written
    a moment later, with others: the answer does not wait."""
    buffer.add(_entry(action, account, None, object, request, detail))


def prune() -> int:
    """Drop the entries that are older than FACEVERIFY_AUDIT_DAYS; how many. An entry vouches for them, so
    that the rest can still be checked."""
    seal_waiting(AuditEntry)  # of processes that were killed before they did
    if not settings.FACEVERIFY_AUDIT_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.FACEVERIFY_AUDIT_DAYS)
    sealed = AuditEntry.objects.exclude(number=None).order_by("number")
    head = ChainHead.objects.filter(name=AuditEntry.chain()).first()
    oldest_kept = sealed.filter(created_at__gte=before).values_list("number", flat=True).first()
    if head is None:
        return 0
    number = oldest_kept or head.number + 1
    last = sealed.filter(number=number - 1).first()
    if last is None:
        return 0
    detail = {"through": last.number, "hash": last.hash, "count": number - head.kept_from}
    return drop_before(number, _entry(Action.LOG_PRUNED, None, None, None, None, detail))


def _entry(
    action: Action,
    account: UUID | None,
    actor: UUID | None,
    thing: Thing | None,
    request: HttpRequest | Request | None,
    detail: dict[str, Any],
) -> AuditEntry:
    acting = context.current()
    if actor is None and acting is not None:
        actor = acting.user
    if acting is not None:
        request = request or acting.request
    kind, id, owner = _named(thing)
    return AuditEntry(
        action=action,
        account=account or owner or actor,
        actor=actor,
        key=acting.key if acting else None,
        object_kind=kind,
        object_id=id,
        address=context.logged_address(request) if request is not None else "",
        request_id=context.request_id(),
        detail={name: _checked(name, value) for name, value in detail.items()},
    )


def _in_both_logs(entries: list[AuditEntry]) -> list[AuditEntry]:
    """The entries, and of each about another account's data one for the log of whoever did it."""
    told = list(entries)
    for entry in entries:
        if entry.kind == DATA and entry.actor and entry.actor != entry.account:
            names = [each.attname for each in entry._meta.concrete_fields if not each.primary_key]
            copy = AuditEntry(**{name: getattr(entry, name) for name in names})
            copy.account = entry.actor
            told.append(copy)
    return told


def _named(thing: Thing | None) -> tuple[str, str, UUID | None]:
    if thing is None:
        return "", "", None
    if isinstance(thing, tuple):
        kind, id = thing
        return kind, "" if id is None else str(id), None
    return str(thing._meta.model_name), str(thing.pk), getattr(thing, "owner_id", None)


def as_code(text: str) -> str:
    """A name that others chose, such as that of a provider, in a form that a detail may have."""
    return re.sub(r"[^a-z0-9_:-]", "_", text.lower())[:64]


def _checked(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple | set):
        return [_checked(name, each) for each in value]
    if isinstance(value, bool | int):
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, str) and CODE.fullmatch(value):
        return str(value)
    raise NotACode(f"The audit log keeps codes, ids and numbers, but {name} is free text.")
