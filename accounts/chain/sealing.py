"""Giving entries their place in a chain: number, the hash before, their own hash, and a seal."""

import hashlib
import hmac
from collections.abc import Sequence

from django.conf import settings
from django.db import models, transaction
from django.utils.crypto import salted_hmac

from .models import ChainedEntry, ChainHead, Entry

SALT = "faceverify.accounts.chain"
BATCH = 500
_KEY_NAME = 12


def append(entry: Entry) -> Entry:
    """Save a new entry at the end of its chain.

    It belongs to the transaction around it, until whose end nobody else can append to this chain: do it last.
    """
    append_all([entry])
    return entry


def append_all(entries: Sequence[ChainedEntry]) -> None:
    """Save new entries of one model, in their order."""
    if not entries:
        return
    model = type(entries[0])
    with transaction.atomic():
        head = _locked_head(model)
        _place(entries, head)
        model._default_manager.bulk_create(entries, batch_size=BATCH)
        head.save(update_fields=["number", "hash"])


def adopt(entry: ChainedEntry) -> bool:
    """Put an entry that this server sealed before at the end of its chain, as it is; False if it does
    not follow there, was changed, or was sealed with a key that is not known."""
    name = entry.seal.partition(":")[0]
    key = keys().get(name)
    if key is None or hash_of(entry) != entry.hash:
        return False
    if not hmac.compare_digest(entry.seal, seal_of(entry.hash, name, key)):
        return False
    with transaction.atomic():
        head = _locked_head(type(entry))
        number = head.number + 1
        if (entry.number, entry.previous) != (number, head.hash):
            return False
        entry.save()
        head.number, head.hash = number, entry.hash
        head.save(update_fields=["number", "hash"])
    return True


def seal_waiting(model: type[ChainedEntry]) -> int:
    """Give the entries that were only saved their places, the oldest first; how many they were.

    Do this outside of longer transactions: nobody else can append until the one around it ends.
    """
    sealed = 0
    waiting = model._default_manager.filter(number=None)
    while waiting.exists():
        with transaction.atomic():
            head = _locked_head(model)
            entries = list(waiting.order_by(*model.oldest_first)[:BATCH])
            _place(entries, head)
            # A plain queryset: the model's own refuses every change.
            everything: models.QuerySet = models.QuerySet(model)
            everything.bulk_update(entries, ["number", "previous", "hash", "seal"])
            head.save(update_fields=["number", "hash"])
        sealed += len(entries)
    return sealed


def drop_before(number: int, checkpoint: ChainedEntry) -> int:
    """Delete the entries before this number, whose time is over, and append `checkpoint`, which vouches for the
    last of them (ChainedEntry.vouches_for). How many were deleted."""
    model = type(checkpoint)
    with transaction.atomic():
        head = _locked_head(model)
        _place([checkpoint], head)
        model._default_manager.bulk_create([checkpoint])
        head.kept_from = max(head.kept_from, number)
        head.save(update_fields=["number", "hash", "kept_from"])
        gone, _each = models.QuerySet(model).filter(number__lt=number).delete()
        return gone


def hash_of(entry: ChainedEntry) -> str:
    return hashlib.sha256(entry.canonical()).hexdigest()


def keys() -> dict[str, bytes]:
    """The keys of seals by their name: the one of today first, then those of earlier secret keys."""
    derived = [
        salted_hmac(SALT, "seal", secret=secret, algorithm="sha256").digest()
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return {hashlib.sha256(key).hexdigest()[:_KEY_NAME]: key for key in derived}


def seal_of(hash: str, name: str, key: bytes) -> str:
    return f"{name}:{hmac.new(key, hash.encode('ascii'), 'sha256').hexdigest()}"


def _locked_head(model: type[ChainedEntry]) -> ChainHead:
    ChainHead.objects.get_or_create(name=model.chain())
    return ChainHead.objects.select_for_update().get(name=model.chain())


def _place(entries: Sequence[ChainedEntry], head: ChainHead) -> None:
    name, key = next(iter(keys().items()))
    for entry in entries:
        entry.number, entry.previous = head.number + 1, head.hash
        entry.hash = hash_of(entry)
        entry.seal = seal_of(entry.hash, name, key)
        head.number, head.hash = entry.number, entry.hash
