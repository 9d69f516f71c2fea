"""What the site's processes and folders hold, every few seconds."""

import contextlib
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.servers import Site

# By what a command line holds; the first that fits.
ROLES = (
    ("gunicorn", "web"),
    ("interactive", "worker"),
    ("bulk", "bulk worker"),
    ("webhooks", "webhook worker"),
    ("faceverify.live", "live"),
)


@dataclass(frozen=True)
class Held:
    """What one process holds: bytes that are its own alone (USS), open files, threads; and for how many
    seconds it has kept a processor busy."""

    pid: int
    memory: int
    files: int
    threads: int
    busy: float


@dataclass(frozen=True)
class Sample:
    """`at`: seconds since the ledger was opened. Bytes of the stored photos, of the database, and files
    of the queue. For how many seconds the load itself has kept a processor busy. Seconds of a processor that
    the same piece of work took: how fast the machine itself was."""

    at: float
    processes: dict[str, Held]
    photos: int
    database: int
    queue: int
    load: float
    work: float = 0.0


@dataclass
class Watch:
    """Samples in a thread of its own until it is closed."""

    place: Site
    program: psutil.Process
    began: float
    interval: float
    samples: list[Sample] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Watch":
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.ended.set()
        self.thread.join(60)

    def _run(self) -> None:
        while not self.ended.wait(self.interval):
            self.samples.append(self.look())

    def look(self) -> Sample:
        home = self.place.home
        return Sample(
            time.monotonic() - self.began,
            dict(self._processes()),
            size(Path(self.place.environment["FACEVERIFY_MEDIA"])),
            sum(
                path.stat().st_size for path in (home / "var").glob("db.sqlite3*") if path.exists()
            ),
            sum(1 for _ in files(home / "var" / "queue")),
            time.process_time(),
            work(),
        )

    def _processes(self) -> Iterator[tuple[str, Held]]:
        """The main process of each role under its name, its children with a number."""
        for main in self.program.children():
            with contextlib.suppress(psutil.Error):
                words = " ".join(main.cmdline())
                role = next((name for word, name in ROLES if word in words), None)
                if role is None:
                    continue
                yield role, _held(main)
                for number, child in enumerate(sorted(main.children(), key=_age), start=1):
                    yield f"{role}, child {number}", _held(child)


def _age(process: psutil.Process) -> tuple[float, int]:
    return process.create_time(), process.pid


def _held(process: psutil.Process) -> Held:
    with process.oneshot():
        memory, times = process.memory_full_info().uss, process.cpu_times()
        busy = times.user + times.system
        return Held(process.pid, memory, process.num_fds(), process.num_threads(), busy)


def work() -> float:
    """Seconds of a processor that a piece of work takes which is always the same."""
    began = time.thread_time()
    sum(number * number % 7 for number in range(200_000))
    return time.thread_time() - began


def files(folder: Path) -> Iterator[Path]:
    """All files below; some may go meanwhile."""
    for where, _folders, names in os.walk(folder):
        yield from (Path(where) / name for name in names)


def size(folder: Path) -> int:
    total = 0
    for path in files(folder):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
    return total
