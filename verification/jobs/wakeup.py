"""Wake processes that wait for something as soon as it happens.

Each listener is a named pipe in the folder of its topic. A notification writes a byte into every pipe of
the folder, or into those that are about one row: their names begin with its id. This is
a hint between processes of one machine that nothing relies on: whoever waits also looks by itself
after a while. A pipe that cannot be made, or a notification that is lost, costs milliseconds.
"""

import contextlib
import errno
import os
import select
import time
import uuid
from pathlib import Path

from django.conf import settings

WORK = "work"  # a message was queued
FINISHED = "finished"  # a job has ended


def _folder(topic: str) -> str:
    return os.path.join(settings.FACEVERIFY_WAKEUP, topic)


class Listener:
    """Waits for the notifications of one topic, or only for those `about` one row. Close it, or use it
    as a context."""

    def __init__(self, topic: str, about: uuid.UUID | None = None):
        folder = _folder(topic)
        self._path = os.path.join(folder, f"{_start(about)}{uuid.uuid4().hex}")
        self._ends: list[int] = []
        try:
            try:
                os.mkfifo(self._path, 0o600)
            except FileNotFoundError:
                Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
                os.mkfifo(self._path, 0o600)
            # Its own writing end keeps the pipe from reporting its end when a notifier closes.
            for mode in (os.O_RDONLY, os.O_WRONLY):
                self._ends.append(os.open(self._path, mode | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            self.close()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def fileno(self) -> int | None:
        """What to wait for in an event loop; then call `wait(0)`. None if there is no pipe."""
        return self._ends[0] if self._ends else None

    def wait(self, seconds: float) -> bool:
        """Whether there was a notification since the last wait; wait for one, at most `seconds`, if there
        was none."""
        if not self._ends:
            time.sleep(seconds)
            return False
        reading, woken = self._ends[0], False
        if select.select([reading], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while os.read(reading, 4096):
                    woken = True
        return woken

    def close(self) -> None:
        for end in self._ends:
            os.close(end)
        self._ends = []
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def notify(topic: str, about: uuid.UUID | None = None) -> None:
    """Wake every listener of this topic, or only those that are about this row. Never raises for a pipe
    that is not as it should be."""
    folder, start = _folder(topic), _start(about)
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for path in (os.path.join(folder, name) for name in names if name.startswith(start)):
        try:
            end = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody at the other end: its process was killed
                _remove_abandoned(path)
            continue
        try:
            os.write(end, b"!")
        except OSError:
            pass  # full: the listener has been woken often enough
        finally:
            os.close(end)


def prune() -> int:
    """Remove the pipes of processes that were killed while they waited for one row; how many."""
    removed = 0
    with contextlib.suppress(OSError):
        for entry in os.scandir(_folder(FINISHED)):
            try:
                os.close(os.open(entry.path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            except OSError:
                _remove_abandoned(entry.path)
                removed += not os.path.exists(entry.path)
    return removed


def _start(about: uuid.UUID | None) -> str:
    """How the names of the pipes begin that are about a row."""
    return f"{about.hex}-" if about else ""


def _remove_abandoned(path: str) -> None:
    """Remove the pipe of a listener that is gone, unless it is just being made."""
    with contextlib.suppress(OSError):
        if os.stat(path).st_mtime < time.time() - 60:
            os.unlink(path)
