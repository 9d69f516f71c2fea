"""Whether a process still shows that it is alive, by the protocol of systemd's watchdog. Uses only the
standard library."""

import contextlib
import socket
import time
from pathlib import Path

ALIVE = b"WATCHDOG=1"
# A process that is stopped, or whose machine is asleep, shows nothing: so also some looks in a row.
SILENT_SECONDS, SILENT_LOOKS = 20.0, 25
LONGEST_MESSAGE = 4096


class SignsOfLife:
    """Of one process at a time, which finds `environment` in its own."""

    def __init__(self, path: Path):
        self.environment = {
            "NOTIFY_SOCKET": str(path),
            "WATCHDOG_USEC": str(int(SILENT_SECONDS * 1_000_000)),
        }
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.forget()

    def forget(self) -> None:
        """Another process begins. Until its first sign it is starting, which may take long."""
        self._receive()
        self._heard: float | None = None
        self._looks = 0

    def are_missing(self) -> bool:
        """Whether a process that has shown some shows none any more. To be asked again and again."""
        if ALIVE in self._receive():
            self._heard, self._looks = time.monotonic(), 0
        self._looks += 1
        if self._heard is None or self._looks < SILENT_LOOKS:
            return False
        return time.monotonic() - self._heard > SILENT_SECONDS

    def _receive(self) -> list[bytes]:
        lines: list[bytes] = []
        with contextlib.suppress(BlockingIOError):
            while True:
                lines += self._socket.recv(LONGEST_MESSAGE).split(b"\n")
        return lines
