"""Receipts: making them, handing them out, and checking one that somebody brings."""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.chain.checking import verify
from accounts.chain.models import ChainHead
from accounts.chain.sealing import adopt, append, keys, seal_of
from accounts.models import User

from . import erased
from .models import Receipt
from .words import counted

FORMAT = "faceverify-receipt"


def receipt_add(
    *,
    owner_id: UUID | None,
    reason: str,
    counts: Mapping[str, int],
    details: Mapping[str, Any] | None = None,
    id: UUID | None = None,
) -> Receipt:
    """A receipt of what this transaction has erased. Do it last: until the end of the transaction
    nobody else gets one."""
    receipt = Receipt(
        account=erased.digest_of(erased.ACCOUNT, owner_id) if owner_id else "",
        reason=reason,
        counts={what: number for what, number in counts.items() if number},
        details=dict(details or {}),
    )
    if id is not None:
        receipt.id = id
    append(receipt)
    erased.list_later({"receipt": as_json(receipt)})
    return receipt


def receipts_adopt(told: Iterable[Mapping[str, Any]]) -> list[Receipt]:
    """Put receipts that were handed out after a backup was made back into the restored chain; those
    that fit. One that is damaged, or does not follow the chain's end, is left out, with all after it."""
    by_previous = {each.get("previous", ""): each for each in reversed(list(told))}
    adopted: list[Receipt] = []
    while found := by_previous.pop(_end_of_chain(), None):
        try:
            receipt = _from_json(found)
        except (KeyError, TypeError, ValueError):
            break
        if not adopt(receipt):
            break
        adopted.append(receipt)
    return adopted


def _end_of_chain() -> str:
    head = ChainHead.objects.filter(name=Receipt.chain()).first()
    return head.hash if head else ""


def _from_json(told: Mapping[str, Any]) -> Receipt:
    """The inverse of `as_json`."""
    return Receipt(
        id=UUID(told["id"]),
        at=datetime.fromisoformat(told["at"]),
        account=told.get("account", ""),
        reason=told["reason"],
        counts=told.get("counts", {}),
        details=told.get("details", {}),
        number=told["number"],
        previous=told.get("previous", ""),
        hash=told["hash"],
        seal=told["seal"],
    )


def receipt_list(*, owner: User) -> QuerySet[Receipt]:
    """The receipts of an account, newest first."""
    mine = Receipt.objects.filter(account=erased.digest_of(erased.ACCOUNT, owner.pk))
    return mine.order_by("-at", "-id")


def as_json(receipt: Receipt) -> dict[str, Any]:
    """What its hash covers, with the hash and the seal."""
    return {"format": FORMAT, **receipt.says(), "hash": receipt.hash, "seal": receipt.seal}


@dataclass(frozen=True)
class Checked:
    """What a check of a receipt has found, as sentences."""

    good: bool
    proves: list[str]
    wrong: list[str]


LIMITS = [
    "It does not prove that nothing was copied elsewhere before: to a backup, a download, or by a "
    "program of the account.",
    "It names nobody, so it does not say by itself whose data it was.",
]


def check(told: Any) -> Checked:
    """Check a receipt as it was downloaded: its own hash, the seal of this server, its place in
    the chain."""
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        return Checked(False, [], ["This is not a receipt of faceverify."])
    said = {name: value for name, value in told.items() if name not in ("format", "hash", "seal")}
    proves: list[str] = []
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":")).encode("ascii")
    digest = hashlib.sha256(canonical).hexdigest()
    if digest != told.get("hash"):
        return Checked(False, [], ["What it says was changed: its hash does not fit."])
    seal = str(told.get("seal", ""))
    name = seal.partition(":")[0]
    key = keys().get(name)
    if key is None:
        wrong = "It was sealed with a key that this server does not have: another server's, or a former one."
        return Checked(False, [], [wrong])
    if not hmac.compare_digest(seal.encode(), seal_of(digest, name, key).encode()):
        return Checked(False, [], ["Its seal does not fit: this server did not write it."])
    proves.append(
        f"This server wrote it on {said['at']}, and nothing in it was changed since: it states that "
        f"{_sum(said)} erased then."
    )
    return _in_chain(told, proves)


def check_id(id: UUID) -> Checked:
    """Check a receipt of this server by its id."""
    receipt = Receipt.objects.filter(pk=id).first()
    if receipt is None:
        return Checked(False, [], ["There is no receipt with this id here."])
    return check(as_json(receipt))


def _in_chain(told: dict[str, Any], proves: list[str]) -> Checked:
    report = verify(Receipt, known=(told["number"], told["hash"]))
    stored = Receipt.objects.filter(pk=told["id"]).first()
    if stored is None:
        wrong = (
            "It is missing in the chain of receipts: the database was restored from a backup made "
            "before it, or the chain's end was cut off."
        )
        return Checked(False, proves, [wrong])
    if report.broken:
        wrong = f"The chain of receipts is damaged at number {report.broken.number}: {report.broken.reason}"
        return Checked(False, proves, [wrong])
    proves.append(
        f"It is number {told['number']} of {report.last} receipts of this server, each of which holds the "
        "hash of the one before: none of them was changed, left out or added in between later."
    )
    return Checked(True, proves, [])


def _sum(said: dict[str, Any]) -> str:
    return counted(said.get("counts", {})) or "nothing was"
