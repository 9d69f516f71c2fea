"""Where the process `live` is reached by the web process of its machine: a socket in FACEVERIFY_VAR."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings

NAME = "live.sock"
LONGEST = 100  # bytes of a path that the kernel takes: 104 or 108 with the end
PATIENCE = 5.0  # seconds


class AlreadyRuns(Exception):
    """Another process of this installation listens there."""


def listen() -> socket.socket:
    """A socket that only this user reaches. Raises AlreadyRuns, OSError."""
    with suppress(OSError):
        connect().close()
        raise AlreadyRuns("Another process follows cameras with this FACEVERIFY_VAR.")
    (settings.VAR_DIR / NAME).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    try:
        with _place() as path:
            before = os.umask(0o177)
            try:
                listener.bind(path)
            finally:
                os.umask(before)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def connect() -> socket.socket:
    """A connection to the process. Raises OSError where there is none."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(PATIENCE)
    try:
        with _place() as path:
            connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


@contextmanager
def _place() -> Iterator[str]:
    """The path, as short as it can be said; where it is too long for the kernel all the same, one that
    begins at the open folder."""
    whole = str(settings.VAR_DIR / NAME)
    path = min(whole, os.path.relpath(whole), key=len)
    if len(os.fsencode(path)) <= LONGEST or sys.platform != "linux":
        yield path
        return
    folder = os.open(settings.VAR_DIR, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)
