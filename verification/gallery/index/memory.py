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
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock

from django.conf import settings

FOLDER = "index"
SAID = 4096  # bytes that such a file never has
DAY = 86_400


def _is_shared() -> bool:
    return hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()


def _locked(path: Path, how: int) -> int:
    """An open file with a lock, which the file of this path still is then."""
    while True:
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except FileNotFoundError:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            continue
        fcntl.flock(lock, how)
        with suppress(FileNotFoundError):
            if os.stat(path).st_ino == os.fstat(lock).st_ino:
                return lock
        os.close(lock)  # it was deleted while it was waited for


def delete_left() -> None:
    """Delete old files of memory that is gone: the process that others would open it through has ended.
    Whoever has it still makes the file, or the memory, anew."""
    space, before = _space(), time.time() - DAY
    for path in (Path(settings.VAR_DIR) / FOLDER).glob(f"*-{space}"):
        said = _said(path)
        if said and path.stat().st_mtime < before and not Path(f"/proc/{said['pid']}").exists():
            lock = _locked(path, fcntl.LOCK_EX)
            if _said(path) == said:
                path.unlink(missing_ok=True)
            os.close(lock)


def _space() -> int:
    """Processes of another container cannot see this one's, though they may share the folder."""
    try:
        return os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return 0


def _said(file: Path | int) -> dict[str, int] | None:
    """What a file says, given by its path or open."""
    try:
        text = os.pread(file, SAID, 0) if isinstance(file, int) else file.read_bytes()
        said = json.loads(text)
        return said if said.keys() == {"pid", "fd", "inode"} else None
    except (OSError, ValueError, AttributeError):
        return None


class SharedMemory:
    """One piece of memory by its name, as this process has it mapped."""

    def __init__(self, name: str):
        self._name = name
        self._here = RLock()  # a lock of a file is the process's; threads take turns
        self._fd: int | None = None
        self._inode = 0  # of the memory that is mapped
        self._through = 0  # the process that others open it through
        self._map: mmap.mmap | None = None
        self._lock: int | None = None  # the file, while it is locked
        self.is_shared = _is_shared()
        self.path = Path(settings.VAR_DIR) / FOLDER / f"{name}-{_space()}"

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """While others may read as well, or alone."""
        with self._here:
            if not self.is_shared:
                yield
                return
            self._lock = _locked(self.path, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
            try:
                yield
            finally:
                os.close(self._lock)
                self._lock = None

    def attach(self) -> mmap.mmap | None:
        """The memory as it is now, None where nobody has it. Only while it is locked."""
        if not self.is_shared:
            return self._map
        said = None if self._lock is None else _said(self._lock)
        if said is None:
            self.detach()
            return None
        if self._fd is None or self._inode != said["inode"]:
            self.detach()
            self._open(said)
        self._through = said["pid"]
        return self._map

    def create(self, size: int) -> mmap.mmap:
        """New memory, all zeros, in place of what was there. Only while it is locked alone. It takes room
        as it is filled."""
        self.detach()
        if not self.is_shared:
            self._map = mmap.mmap(-1, size)
            return self._map
        self._fd = os.memfd_create("faceverify", os.MFD_CLOEXEC)
        self._inode = os.fstat(self._fd).st_ino
        os.ftruncate(self._fd, size)
        self._map = mmap.mmap(self._fd, size)
        self.say()
        return self._map

    @property
    def is_orphaned(self) -> bool:
        """Whether the process that others would open it through had ended when this one last looked, which
        has it."""
        if self._fd is None or self._through == os.getpid():
            return False
        return not os.path.exists(f"/proc/{self._through}")

    def say(self) -> None:
        """That others shall open it through this process. Only while it is locked alone."""
        if self._fd is None:
            return
        self._through = os.getpid()
        said = {"pid": self._through, "fd": self._fd, "inode": self._inode}
        self.path.write_text(json.dumps(said))

    def detach(self) -> None:
        """Give this process's part back, when no other thread uses it."""
        with self._here:
            if self._fd is not None:
                os.close(self._fd)
            # Arrays that are still there keep it mapped until they go.
            if self._map is not None:
                with suppress(BufferError):
                    self._map.close()
            self._fd = self._map = None

    def forget(self) -> None:
        """Let nobody open it any more."""
        with self._here:
            self.detach()
            if self.is_shared:
                self.path.unlink(missing_ok=True)

    def _open(self, said: dict[str, int]) -> None:
        try:
            fd = os.open(f"/proc/{said['pid']}/fd/{said['fd']}", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return
        found = os.fstat(fd)
        if found.st_ino != said["inode"] or not found.st_size:  # another's by now
            os.close(fd)
            return
        self._fd, self._inode, self._map = fd, found.st_ino, mmap.mmap(fd, found.st_size)
