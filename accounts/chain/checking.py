"""Does a chain still say what was written into it?"""

import hmac
from dataclasses import dataclass

from .models import ChainedEntry, ChainHead
from .sealing import hash_of, keys, seal_of

CHUNK = 2000


@dataclass(frozen=True)
class Broken:
    """The first entry that does not fit, and what is wrong with it."""

    number: int
    reason: str


@dataclass(frozen=True)
class Report:
    """What was found. Write `last` and `last_hash` down elsewhere: later they show whether the newest
    entries were cut off."""

    entries: int
    first: int
    last: int
    last_hash: str
    waiting: int  # saved but not sealed yet
    unknown_keys: int  # sealed with a key that this server no longer has
    broken: Broken | None

    @property
    def intact(self) -> bool:
        return self.broken is None


def verify(model: type[ChainedEntry], *, known: tuple[int, str] | None = None) -> Report:
    """Check every entry of the model's chain; stop at the first that does not fit.

    An entry whose seal's key is unknown is vouched for by any later one whose key is known.

    Args:
        known: number and hash of an entry, as told earlier, that must still be there.
    """
    head = ChainHead.objects.filter(name=model.chain()).first() or ChainHead(name=model.chain())
    check = _Check(head, known)
    # Only up to the head as it was read: others may append meanwhile.
    entries = model._default_manager.filter(number__lte=head.number).order_by("number")
    broken = None
    for entry in entries.iterator(chunk_size=CHUNK):
        if broken := check.entry(entry):
            break
    return Report(
        entries=check.count,
        first=head.kept_from,
        last=check.number,
        last_hash=check.hash,
        waiting=model._default_manager.filter(number=None).count(),
        unknown_keys=check.unknown_keys,
        broken=broken or check.end(),
    )


class _Check:
    def __init__(self, head: ChainHead, known: tuple[int, str] | None):
        self.head, self.known, self.keys = head, known, keys()
        self.number, self.hash = head.kept_from - 1, ""
        self.count = self.unknown_keys = 0
        self.start: str | None = None  # the hash before the first entry that is kept
        self.vouched: set[tuple[int, str]] = set()
        self.sealed = True  # whether the newest entry's seal was checked

    def entry(self, entry: ChainedEntry) -> Broken | None:
        wrong = self._wrong(entry)
        if wrong:
            return wrong
        if self.start is None:
            self.start = entry.previous
        if said := entry.vouches_for():
            self.vouched.add(said)
        self.number, self.hash = self.number + 1, entry.hash
        self.count += 1
        return None

    def _wrong(self, entry: ChainedEntry) -> Broken | None:
        expected = self.number + 1
        if entry.number != expected:
            return Broken(expected, "It is missing.")
        follows = entry.previous if self.start is None and expected > 1 else self.hash
        if entry.previous != follows:
            return Broken(expected, "It does not follow the entry before it.")
        if hash_of(entry) != entry.hash:
            return Broken(expected, "What it says was changed: its hash does not fit.")
        name = entry.seal.partition(":")[0]
        key = self.keys.get(name)
        self.sealed = key is not None
        self.unknown_keys += key is None
        if key and not hmac.compare_digest(entry.seal, seal_of(entry.hash, name, key)):
            return Broken(expected, "Its seal does not fit: it was not written by this server.")
        if self.known and self.known[0] == expected and self.known[1] != entry.hash:
            return Broken(expected, "Its hash is not the one that was told earlier.")
        return None

    def end(self) -> Broken | None:
        """What only shows at the end."""
        dropped = self.head.kept_from - 1
        if self.number != self.head.number:
            return Broken(self.number + 1, "It is missing.")
        if self.hash != self.head.hash:
            return Broken(self.number, "It is not the entry with which the chain ended.")
        if self.known and self.known[0] > self.number:
            return Broken(self.number + 1, "It is missing: the chain was longer.")
        if dropped and (dropped, self.start) not in self.vouched:
            return Broken(dropped + 1, "The entries before it are missing.")
        if not self.sealed:
            return Broken(
                self.number,
                "It was sealed with a key that this server does not have: put the former secret key into "
                "FACEVERIFY_SECRET_KEY_FALLBACKS.",
            )
        return None
