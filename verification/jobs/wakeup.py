"""Wake who waits, at once, instead of at their next look.

A bell is a named pipe in a folder; ringing writes a word into every one there, so that who waits for
one thing need not look at each ring. It is a hint between processes of one machine and nothing relies
on it: who waits looks again after a while anyway, so a bell that cannot be made, or is rung in vain,
costs milliseconds.
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


def _folder(name: str) -> Path:
    return Path(settings.FACEVERIFY_BELLS) / name


class Bell:
    """Something to wait at. Close it, or use it as a context."""

    def __init__(self, name: str):
        self._path, self._ends = _folder(name) / uuid.uuid4().hex, []
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.mkfifo(self._path, 0o600)
            # Its own writing end keeps the pipe from reporting its end when a ringer closes.
            for mode in (os.O_RDONLY, os.O_WRONLY):
                self._ends.append(os.open(self._path, mode | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            self.close()

    def __enter__(self) -> "Bell":
        return self

    def __exit__(self, *_error) -> None:
        self.close()

    def wait(self, seconds: float) -> bytes:
        """Until it is rung (or was, since the last wait), at most `seconds`; the words it was rung
        with, one after the other."""
        if not self._ends:
            time.sleep(seconds)
            return b""
        reading, heard = self._ends[0], b""
        if select.select([reading], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                while piece := os.read(reading, 4096):
                    heard += piece
        return heard

    def close(self) -> None:
        for end in self._ends:
            os.close(end)
        self._ends = []
        with contextlib.suppress(OSError):
            self._path.unlink()


def ring(name: str, word: bytes = b"!") -> None:
    """Ring every bell of this name. Never raises for a bell that is not as it should be."""
    try:
        paths = list(_folder(name).iterdir())
    except OSError:
        return
    for path in paths:
        try:
            end = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody at the other end: its process was killed
                _forget(path)
            continue
        try:
            os.write(end, word)  # whole or not at all, as short as it is
        except OSError:
            pass  # full: it was rung often enough
        finally:
            os.close(end)


def _forget(path: Path) -> None:
    """Remove a bell without a listener, unless it is being made at this moment."""
    with contextlib.suppress(OSError):
        if path.stat().st_mtime < time.time() - 60:
            path.unlink()
