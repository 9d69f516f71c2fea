"""The child processes of a worker: they end with its main process, and one that hangs is found."""

import mmap
import os
import signal
import threading
import time
from collections.abc import Iterable
from typing import Any

from billiard.process import current_process

BEAT_SECONDS = 1.0
# A child that is stopped, or whose native code never returns, shows no sign of life for so long and
# in so many looks in a row: a machine that slept has not let it either.
SILENT_SECONDS, SILENT_LOOKS = 15.0, 3
SLOTS = 1024

_main = 0  # the process id of the worker's main process
_beats = memoryview(b"")  # a counter for each child, in memory that all of them share


def prepare() -> None:
    """In the main process, before it has children."""
    global _main, _beats
    _main = os.getpid()
    _beats = memoryview(mmap.mmap(-1, SLOTS * 4)).cast("I")


def begin() -> None:
    """In a child, once it is ready for tasks."""
    threading.Thread(target=_beat, args=(current_process().index % SLOTS,), daemon=True).start()


def _beat(slot: int) -> None:
    """Show a sign of life for as long as the main process lives. What this child was doing
    afterwards is done again by somebody else."""
    while os.getppid() == _main:
        _beats[slot] = (_beats[slot] + 1) % 2**32 or 1
        time.sleep(BEAT_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


class Watch:
    """Looks after the children of a pool from its main process."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[int, float, int]] = {}  # by process id: beat, since when, looks

    def kill_hanging(self, children: Iterable[Any]) -> list[int]:
        """Kill the children that show no sign of life; their process ids. Celery replaces them, and
        releases what they were doing."""
        seen, killed, now = {}, [], time.monotonic()
        for child in children:
            beat = _beats[child.index % SLOTS]
            former, since, looks = self._seen.get(child.pid, (0, now, 0))
            if not beat or beat != former:  # 0: it is still starting, which has a limit of its own
                since, looks = now, 0
            seen[child.pid] = beat, since, looks + 1
            if now - since > SILENT_SECONDS and looks >= SILENT_LOOKS:
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)
        self._seen = seen
        return killed
