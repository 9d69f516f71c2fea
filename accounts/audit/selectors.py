"""Reading the audit log."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import QuerySet
from django.urls import reverse

from .models import AuditEntry
from .shown import object_kind
from .words import WORDS, in_words


def entries_of(*, account: UUID) -> QuerySet[AuditEntry]:
    """What concerns one account, the newest first."""
    return entries().filter(account=account)


def entries() -> QuerySet[AuditEntry]:
    """The whole log, the newest first: for staff. There is nothing personal in it but ids and addresses."""
    return AuditEntry.objects.order_by("-created_at", "-id")


SAID_BY_VALUE = ("which", "what", "how")  # `crop` says more than `which crop`


@dataclass(frozen=True)
class Line:
    """An entry as a person reads it."""

    entry: AuditEntry
    object: str  # what it is about, in words
    url: str  # where that can be looked at; empty if nowhere any more
    facts: str  # what else it says


def lines(page: Iterable[AuditEntry]) -> list[Line]:
    """With a query for each kind of object in the page."""
    found = list(page)
    there = _still_there(found)
    return [
        Line(
            entry=entry,
            object=str(object_kind(entry.object_kind).label) if entry.object_kind else "",
            url=there.get((entry.object_kind, entry.object_id), ""),
            facts=_facts(entry.detail),
        )
        for entry in found
    ]


def _still_there(found: list[AuditEntry]) -> dict[tuple[str, str], str]:
    """The addresses of the objects that exist and belong to the account of their entry."""
    wanted: dict[str, set[tuple[str, UUID]]] = {}
    for entry in found:
        if entry.object_id and entry.account and object_kind(entry.object_kind).page:
            wanted.setdefault(entry.object_kind, set()).add((entry.object_id, entry.account))
    addresses = {}
    for name, pairs in wanted.items():
        kind = object_kind(name)
        rows = apps.get_model(kind.model)._default_manager.filter(
            pk__in=_uuids(id for id, _account in pairs)
        )
        for pk, owner in rows.order_by().values_list("pk", "owner_id"):
            if (str(pk), owner) in pairs:
                addresses[name, str(pk)] = reverse(kind.page, kwargs={"id": pk})
    return addresses


def _uuids(texts: Iterable[str]) -> list[UUID]:
    return [UUID(text) for text in texts]


def _facts(detail: dict[str, Any]) -> str:
    """The detail in one line: `by password, totp; count 3`."""
    told = []
    for name, value in detail.items():
        if value in (None, "", [], False):
            continue
        values = value if isinstance(value, list) else [value]
        words = ", ".join(in_words(str(each)) for each in values)
        if name in SAID_BY_VALUE:
            told.append(words)
            continue
        label = in_words(name) if name in WORDS else name.replace("_", " ")
        told.append(label if value is True else f"{label} {words}")
    return "; ".join(told)
