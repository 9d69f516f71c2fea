"""Which bounds a soak keeps, and which it breaks."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from . import figures
from .ledger import Ledger
from .receiver import Receiver
from .told import Told
from .watch import Sample

MEGABYTE = 1024 * 1024
# A process may be surely larger at the end by this share, or by this much where that is more.
GROWTH, LEAST_GROWTH = 0.05, 4 * MEGABYTE
HANDLES = 3.0  # open files, or threads, that a process may surely have more
SLOWER = 1.25  # times that the 95th percentile of the last quarter may surely be that of the first
REQUESTS = 100  # so many of a kind are needed in a quarter to speak of a 95th percentile
# Tables that grow although everything is deleted, each for as long as docs/privacy.md says; and where galleries have
# had departures, of which each gallery has so many places and no more. Sealed blocks are made of the photos that
# are there, by the next search.
KEPT = (
    "Departure", "TemplateBlock",
    "AuditEntry", "ChainHead", "Delivery", "DeliveryAttempt", "Erased", "Receipt", "RetentionRun",
    "IdempotentRequest", "AnswerId", "Worker",
)  # fmt: skip


@dataclass(frozen=True)
class Bound:
    """A promise, what was found, and whether it is kept."""

    promise: str
    found: str
    kept: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "kept", bool(self.kept))  # of NumPy it would not go into JSON


@dataclass
class Soak:
    """What was seen. `steady`: seconds since the ledger was opened between which the load was at its
    pace and warm."""

    ledger: Ledger
    receiver: Receiver
    samples: list[Sample] = field(default_factory=list)
    steady: tuple[float, float] = (0.0, 0.0)
    before: Told | None = None  # filled, and not yet under load
    loaded: Told | None = None  # all has ended, nothing is deleted
    after: Told | None = None  # all that the load made is deleted
    removed: Counter[str] = field(default_factory=Counter)  # by kind, deleted until `loaded`
    waiting: int = 0  # messages that are neither delivered nor given up
    asked: float = 0.0  # seconds under load
    top: float = 0.0  # operations a second
    topped: tuple[float, float] = (0.0, 0.0)  # when that was measured, as `steady`
    rate: float = 0.0
    interrupted: bool = False

    @property
    def watched(self) -> list[Sample]:
        return self.between(*self.steady)

    def between(self, start: float, end: float) -> list[Sample]:
        return [sample for sample in self.samples if start <= sample.at <= end]

    def work(self, start: float, end: float) -> float:
        """Mean seconds of a processor that the same piece of work took then; nan if nobody has looked."""
        took = [sample.work for sample in self.between(start, end)]
        return sum(took) / len(took) if took else math.nan

    def series(self, role: str, what: str) -> tuple[np.ndarray, np.ndarray]:
        """Times, and what a process held: "memory", "files", "threads" or "busy"."""
        rows = [
            (sample.at, getattr(sample.processes[role], what))
            for sample in self.watched
            if role in sample.processes
        ]
        return np.array([at for at, _ in rows]), np.array([value for _, value in rows], float)

    @property
    def roles(self) -> list[str]:
        return list(dict.fromkeys(role for sample in self.watched for role in sample.processes))


def judge(soak: Soak) -> list[Bound]:
    """All bounds, as far as the soak came."""
    start, end = soak.steady
    lasted = min(end - start, soak.asked) / 60
    return [
        Bound(
            "It lasts as long as was asked",
            f"{max(lasted, 0):.1f} of {soak.asked / 60:.1f} minutes",
            not soak.interrupted,
        ),
        Bound(
            "The site keeps up with the pace",
            f"{soak.ledger.not_begun} operations that were due had not begun in the end",
            not soak.ledger.not_begun,
        ),
        *_nothing_lost(soak),
        *_messages(soak),
        *_stored(soak),
        *_processes(soak),
        *_speed(soak),
    ]


def _nothing_lost(soak: Soak) -> Iterator[Bound]:
    ledger = soak.ledger
    accepted = sum(map(len, ledger.accepted.values()))
    left = sum(map(len, ledger.unfinished.values()))
    yield Bound("Everything that was accepted ends", f"{left} of {accepted} did not end", not left)
    states = Counter(state for ended in ledger.ended.values() for state in ended.values())
    failed = {state: count for state, count in states.items() if state != "done"}
    yield Bound("It ends with a result", _listed(failed) or "all are done", not failed)
    troubles = _listed(dict(ledger.troubles))
    yield Bound("No request fails", troubles or "none failed", not ledger.troubles)
    yield Bound(
        "Every request is answered", f"{ledger.repeated} had to be repeated", not ledger.repeated
    )
    if soak.loaded and soak.before:
        for kind, table in (("verifications", "Verification"), ("batches", "Batch"), ("imports", "GalleryImport")):  # fmt: skip
            there = soak.loaded.rows[table] - soak.before.rows[table]
            expected = len(ledger.accepted.get(kind, ())) - soak.removed[kind]
            yield Bound(
                f"The database has the {kind} that were accepted and not deleted",
                f"{there} rows, {expected} expected",
                there == expected,
            )


def _messages(soak: Soak) -> Iterator[Bound]:
    receiver = soak.receiver
    twice = sum(count > 1 for count in receiver.taken.values())
    yield Bound("No message to a webhook is taken twice", f"{twice} were", not twice)
    yield Bound(
        "Every message is delivered or told as failed",
        f"{soak.waiting} still wait; the receiver failed {receiver.failed} attempts",
        not soak.waiting,
    )
    if soak.loaded:
        told = Counter(id for _event, id in receiver.about.values())
        ids = {id for ended in soak.ledger.ended.values() for id in ended}
        missing = sum(not told[id] for id in ids)
        doubled = sum(told[id] > 1 for id in ids)
        failed = soak.loaded.deliveries.get("failed", 0)
        yield Bound(
            "Of each end one message is delivered, or told as failed",
            f"{len(ids)} ends, {missing} without a message, {doubled} with two, {failed} told as failed",
            missing <= failed and not doubled,
        )


def _stored(soak: Soak) -> Iterator[Bound]:
    for told, when in ((soak.loaded, "under load"), (soak.after, "after all is deleted")):
        if told:
            yield Bound(
                f"check_integrity finds nothing {when}",
                _listed(told.faults) or "nothing",
                not told.faults,
            )
    if soak.after and soak.before:
        yield Bound(
            "After all is deleted, the disk holds what it held before",
            f"{soak.after.bytes:,} bytes in {soak.after.files} files; before {soak.before.bytes:,} in "
            f"{soak.before.files}",
            (soak.after.bytes, soak.after.files) == (soak.before.bytes, soak.before.files),
        )
        more = {
            table: count - soak.before.rows[table]
            for table, count in soak.after.rows.items()
            if count != soak.before.rows[table] and table not in KEPT
        }
        yield Bound("And the tables hold what they held", _listed(more) or "they do", not more)
    if len(soak.watched) >= 5:
        at = np.array([sample.at for sample in soak.watched])
        line = figures.slope(at, np.array([sample.photos for sample in soak.watched], float))
        permitted = max(GROWTH * line.start, LEAST_GROWTH)
        yield Bound(
            "Under load the stored photos do not grow: with each new one the oldest is deleted",
            _growth(line),
            line.sure_growth <= permitted,
        )
        queue = soak.samples[-1].queue
        yield Bound("The queue is empty at the end", f"{queue} messages", queue < 5)


def _processes(soak: Soak) -> Iterator[Bound]:
    for role in soak.roles:
        pids = {sample.processes[role].pid for sample in soak.watched if role in sample.processes}
        if len(pids) > 1:
            yield Bound(f"{role}: it lives through", f"{len(pids)} processes in turn", False)
        at, memory = soak.series(role, "memory")
        if len(at) < 5:
            continue
        line = figures.slope(at, memory)
        yield Bound(
            f"{role}: memory is flat",
            _growth(line),
            line.sure_growth <= max(GROWTH * line.start, LEAST_GROWTH),
        )
        for what, name in (("files", "open files"), ("threads", "threads")):
            line = figures.slope(*soak.series(role, what))
            yield Bound(
                f"{role}: {name} are as many",
                f"{line.start:.1f} at first, {line.growth:+.1f} in the time watched",
                line.sure_growth <= HANDLES,
            )


def _speed(soak: Soak) -> Iterator[Bound]:
    for name, (due, seconds) in times_by_operation(soak).items():
        if len(due) >= 4 * REQUESTS:
            ratio = figures.slowing(due, seconds)
            yield Bound(
                f"{name}: 95 % are as quick at the end as at the beginning",
                f"{1000 * ratio.last:.0f} ms after {1000 * ratio.first:.0f} ms, {ratio.value:.2f} times "
                f"({ratio.low:.2f} to {ratio.high:.2f})",
                ratio.low <= SLOWER,
            )


def times_by_operation(soak: Soak) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """When each operation of the steady time was due, and how long it took, both in seconds."""
    start, end = soak.steady
    rows = [timed for timed in soak.ledger.times if start <= timed.due <= end]
    return {
        name: (
            np.array([row.due for row in rows if row.name == name]),
            np.array([row.seconds for row in rows if row.name == name]),
        )
        for name in sorted({row.name for row in rows})
    }


def _growth(line: figures.Slope) -> str:
    value, low, high = (each / MEGABYTE for each in line.by_hour())
    return f"{line.start / MEGABYTE:.1f} MB at first, {value:+.2f} MB an hour ({low:+.2f} to {high:+.2f})"


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))
