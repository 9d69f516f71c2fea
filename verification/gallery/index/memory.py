"""Memory that all processes of a machine share, and that nothing outlives.

It has no name in any file system (memfd_create): it is never on a disk in the clear, and is gone with the last
process that has it mapped. A small file in FACEVERIFY_VAR says which process has it open, and others open it
through /proc/PID/fd, which the system allows to the same user alone. The file is locked while the memory is
read or changed. Where a system has no such memory, each process has its own.
"""

import fcntl
import json
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from django.conf import settings

FOLDER = "index"


def _is_shared() -> bool:
    return hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


class SharedMemory:
    """One piece of memory by its name, as this process has it mapped."""

    def __init__(self, name: str):
        self._name = name
        self._here = RLock()  # a lock of a file is the process's; threads take turns
        self._fd: int | None = None
        self._map: mmap.mmap | None = None

    @property
    def path(self) -> Path:
        """Processes of another container cannot see this one's, though they may share the folder."""
        try:
            space = os.stat("/proc/self/ns/pid").st_ino
        except OSError:
            space = 0
        return Path(settings.VAR_DIR) / FOLDER / f"{self._name}-{space}"

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """While others may read as well, or alone."""
        with self._here:
            if not _is_shared():
                yield
                return
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
                yield
            finally:
                os.close(lock)

    def attach(self) -> mmap.mmap | None:
        """The memory as it is now, None where nobody has it. Only while it is locked."""
        if not _is_shared():
            return self._map
        said = self._said()
        if said is None:
            self.detach()
            return None
        if self._fd is None or os.fstat(self._fd).st_ino != said["inode"]:
            self.detach()
            self._open(said)
        return self._map

    def create(self, size: int) -> mmap.mmap:
        """New memory, all zeros, in place of what was there. Only while it is locked alone. It takes room
        as it is filled."""
        self.detach()
        if not _is_shared():
            self._map = mmap.mmap(-1, size)
            return self._map
        self._fd = os.memfd_create("faceverify", os.MFD_CLOEXEC)
        os.ftruncate(self._fd, size)
        self._map = mmap.mmap(self._fd, size)
        self.say()
        return self._map

    @property
    def is_orphaned(self) -> bool:
        """Whether the process that others would open it through has ended, while this one has it."""
        said = self._said() if _is_shared() else None
        return bool(said and self._fd is not None and not Path(f"/proc/{said['pid']}").exists())

    def say(self) -> None:
        """That others shall open it through this process. Only while it is locked alone."""
        if self._fd is None:
            return
        inode = os.fstat(self._fd).st_ino
        said = {"pid": os.getpid(), "fd": self._fd, "inode": inode}
        self.path.write_text(json.dumps(said))

    def detach(self) -> None:
        """Give this process's part back. Arrays over it must not be used any more."""
        if self._fd is not None:
            os.close(self._fd)
        # Arrays that are still there keep it mapped until they go.
        if self._map is not None:
            with suppress(BufferError):
                self._map.close()
        self._fd = self._map = None

    def forget(self) -> None:
        """Let nobody open it any more."""
        self.detach()
        if _is_shared():
            self.path.unlink(missing_ok=True)

    def _said(self) -> dict[str, int] | None:
        try:
            said = json.loads(self.path.read_text())
            return said if said.keys() == {"pid", "fd", "inode"} else None
        except (OSError, ValueError, AttributeError):
            return None

    def _open(self, said: dict[str, int]) -> None:
        try:
            fd = os.open(f"/proc/{said['pid']}/fd/{said['fd']}", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        found = os.fstat(fd)
        if found.st_ino != said["inode"] or not found.st_size:  # another's by now
            os.close(fd)
            return
        self._fd, self._map = fd, mmap.mmap(fd, found.st_size)
