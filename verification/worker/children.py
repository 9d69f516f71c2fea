"""The child processes of a worker: they end with its main process, one that hangs is found, and so
is a run that was lost with its child.

Celery tells the main process of most children that die in a run, but not of those that die while
it has lost the broker.
"""

import contextlib
import gc
import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from billiard.process import current_process

BEAT_SECONDS = 1.0
# A child that is stopped, or whose native code never returns, shows no sign of life for so long and
# in so many looks in a row: a machine that slept has not let it either.
SILENT_SECONDS, SILENT_LOOKS = 15.0, 3
SLOTS = 1024
SLOT = struct.Struct("I16s")  # how often a child has shown a sign of life, and the claim it holds

_main = 0  # the process id of the worker's main process
_memory: mmap.mmap | None = None  # a slot for each child, which all of them share
_place = 0  # of this child's slot


def prepare() -> None:
    """In the main process, before it has children."""
    global _main, _memory
    _main, _memory = os.getpid(), mmap.mmap(-1, SLOTS * SLOT.size)
    _freeze()


def begin() -> None:
    """In a child, once it is ready for tasks."""
    global _place
    assert _memory is not None, "the main process has prepared it"
    _place = _place_of(current_process())
    SLOT.pack_into(_memory, _place, 0, bytes(16))
    _freeze()
    threading.Thread(target=_beat, args=(_memory,), daemon=True).start()


def _freeze() -> None:
    """What is loaded by now stays: the garbage collector need not look at all of it, which takes more than
    a tenth of a second, nor make copies of memory that processes share."""
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def holding(token: UUID) -> Iterator[None]:
    """While this child carries out the run of a claim."""
    if _memory is None or os.getpid() == _main:  # no child of a worker
        yield
        return
    claim = _place + SLOT.size - 16
    _memory[claim : claim + 16] = token.bytes
    try:
        yield
    finally:
        _memory[claim : claim + 16] = bytes(16)


def held_by(children: Iterable[Any]) -> set[UUID]:
    """The tokens of the claims that these children hold."""
    return {UUID(bytes=_read(child)[1]) for child in children}


def _beat(memory: mmap.mmap) -> None:
    """Show a sign of life for as long as the main process lives. What this child was doing
    afterwards is done again by somebody else."""
    beat = 0
    while os.getppid() == _main:
        beat = beat % 0xFFFFFFFF + 1
        struct.pack_into("I", memory, _place, beat)
        time.sleep(BEAT_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


def _place_of(child: Any) -> int:
    return child.index % SLOTS * SLOT.size


def _read(child: Any) -> tuple[int, bytes]:
    assert _memory is not None, "the main process has prepared it"
    return SLOT.unpack_from(_memory, _place_of(child))


class Watch:
    """Looks after the children of a pool from its main process."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, float, int]] = {}  # by process id: beat, since when, looks

    def kill_hanging(self, children: Iterable[Any]) -> list[int]:
        """Kill the children that show no sign of life; their process ids. Celery replaces them, and
        releases what they were doing."""
        seen, killed, now = {}, [], time.monotonic()
        for child in children:
            beat = _read(child)[0]
            former, since, looks = self._seen.get(child.pid, (0, now, 0))
            if not beat or beat != former:  # 0: it is still starting, which has a limit of its own
                since, looks = now, 0
            seen[child.pid] = beat, since, looks + 1
            if now - since > SILENT_SECONDS and looks >= SILENT_LOOKS:
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)
        self._seen = seen
        return killed
