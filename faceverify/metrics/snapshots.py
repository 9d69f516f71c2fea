"""What the processes of one machine have counted, added up.

Each process keeps its counts in memory and writes them into a file of its own, a second after they
changed. prometheus_client's own files for several processes are mapped into memory, where a full
disk kills the process that writes, and are named by process ids, which the containers of web and
worker share. Here a write that fails is tried again at the next event.

A process holds the lock of its file for as long as it lives. What an ended one has counted is added
to the file of all that have ended, so that no count ever goes back.
"""

import contextlib
import fcntl
import json
import os
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from prometheus_client.metrics_core import Metric

from .definitions import registry

logger = structlog.get_logger(__name__)

DELAY = 1.0  # seconds
ENDED = "ended"

# {(metric, sample, labels): value}
Sample = tuple[str, str, tuple[tuple[str, str], ...]]
Counts = Counter[Sample]


class _Process:
    """This process: its file, and whether that is about to be written."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self.lock: IO[bytes] | None = None
        self.writing = threading.Lock()
        self.scheduled = False


_process = _Process()


def folder() -> Path:
    return Path(settings.VAR_DIR) / "metrics"


def changed() -> None:
    """Called after each event."""
    if not _process.scheduled:
        _process.scheduled = True
        timer = threading.Timer(DELAY, write)
        timer.daemon = True
        timer.start()


def write() -> None:
    """Write what this process has counted. Never raises for a disk that is full."""
    with _process.writing:
        _process.scheduled = False
        counts = _of_this_process()
        if not counts:
            return
        try:
            if _process.lock is None:
                folder().mkdir(mode=0o700, parents=True, exist_ok=True)
                _process.lock = _locked(_process.name)
            _store(_process.name, counts)
        except OSError as error:
            logger.warning("metrics_not_written", error=type(error).__name__)


def collect() -> Iterator[Metric]:
    """Every metric, of all processes."""
    counts = _of_this_process()
    try:
        counts = _sum(counts, _of_others())
    except OSError as error:
        logger.warning("metrics_of_others_not_read", error=type(error).__name__)
    for metric in registry.collect():
        merged = Metric(metric.name, metric.documentation, metric.type)
        for (name, sample, labels), value in sorted(counts.items()):
            if name == metric.name:
                merged.add_sample(sample, dict(labels), value)
        yield merged


def _of_this_process() -> Counts:
    return Counter(
        {
            (metric.name, sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for metric in registry.collect()
            for sample in metric.samples
        }
    )


def _of_others() -> Counts:
    """Those of the ended processes are put together meanwhile."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    fold = _locked("fold", wait=True)
    assert fold is not None, "it waits"
    with fold:
        ended, living = _read(ENDED), Counts()
        for path in folder().glob("*.json"):
            if path.stem in (ENDED, _process.name):
                continue
            theirs = _read(path.stem)
            lock = _locked(path.stem)
            if lock is None:
                living = _sum(living, theirs)
                continue
            ended = _sum(ended, theirs)
            with lock, contextlib.suppress(OSError):  # else at the next time
                _store(ENDED, ended)
                path.unlink(missing_ok=True)
                path.with_suffix(".lock").unlink(missing_ok=True)
    return _sum(ended, living)


def _sum(some: Counts, others: Counts) -> Counts:
    """Counter's own `+` leaves out what is zero."""
    total = some.copy()
    total.update(others)
    return total


def _locked(name: str, *, wait: bool = False) -> IO[bytes] | None:
    """The lock of a file until it is closed; None where another process has it."""
    file = (folder() / f"{name}.lock").open("wb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        file.close()
        return None
    except OSError:
        file.close()
        raise
    return file


def _store(name: str, counts: Counts) -> None:
    part = folder() / f".{name}.{uuid.uuid4().hex}.part"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump([[*key, value] for key, value in counts.items()], file)
        part.replace(folder() / f"{name}.json")
    finally:
        part.unlink(missing_ok=True)


def _read(name: str) -> Counts:
    """Nothing for a file that is gone or not whole."""
    counts: Counts = Counter()
    with contextlib.suppress(OSError, ValueError):
        for metric, sample, labels, value in json.loads((folder() / f"{name}.json").read_text()):
            counts[metric, sample, tuple((key, text) for key, text in labels)] += value
    return counts


def _forget() -> None:
    """A forked process starts with what its parent has counted, and with locks that a thread of the
    parent may have held: it counts from nothing, with locks of its own."""
    global _process
    if _process.lock is not None:
        _process.lock.close()  # the parent keeps its own handle, and with it the lock
    _process = _Process()
    private: Any = registry
    private._lock = threading.Lock()
    for metric in list(private._collector_to_names):
        metric._lock = threading.Lock()
        if metric._labelnames:
            metric._metrics.clear()
        else:
            metric._metric_init()


os.register_at_fork(after_in_child=_forget)
