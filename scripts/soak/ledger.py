"""What the load asked for, and what became of it."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Timed:
    """One operation: seconds since the ledger was opened when it was due, and how long it took."""

    due: float
    name: str
    seconds: float


@dataclass
class Ledger:
    """Filled by many threads. `accepted` and `ended` hold ids by kind; `troubles` counts what went wrong,
    in words that name no id."""

    began: float = field(default_factory=time.monotonic)
    accepted: dict[str, set[str]] = field(default_factory=dict)
    ended: dict[str, dict[str, str]] = field(default_factory=dict)
    deleted: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    times: list[Timed] = field(default_factory=list)
    repeated: int = 0  # requests that nothing answered at first
    not_begun: int = 0  # operations that were due, and for which no program was free
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        return time.monotonic() - self.began

    def accept(self, kind: str, id: str) -> None:
        with self.lock:
            self.accepted.setdefault(kind, set()).add(id)

    def end(self, kind: str, id: str, state: str) -> None:
        with self.lock:
            self.ended.setdefault(kind, {})[id] = state

    def delete(self, kind: str) -> None:
        with self.lock:
            self.deleted[kind] += 1

    def trouble(self, said: str) -> None:
        with self.lock:
            self.troubles[said] += 1

    def repeat(self) -> None:
        with self.lock:
            self.repeated += 1

    def took(self, due: float, name: str, seconds: float) -> None:
        with self.lock:
            self.times.append(Timed(due, name, seconds))

    @property
    def unfinished(self) -> dict[str, set[str]]:
        """By kind, what was accepted and has not been seen to end."""
        left = {kind: ids - self.ended.get(kind, {}).keys() for kind, ids in self.accepted.items()}
        return {kind: ids for kind, ids in left.items() if ids}
