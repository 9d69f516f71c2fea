"""Connections to checked addresses, each ended by a deadline.

The name is resolved here, its addresses are checked, and the connection is made to a checked address: a
name that resolves differently a moment later changes nothing. No proxy of the environment is used.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from ssl import SSLContext
from typing import Any

import httpcore

CONNECT = 3.0  # seconds


class AddressRefused(Exception):
    """The name points to an address that requests are not sent to."""


class Deadline:
    """A moment by which all is over; `restart` sets another one."""

    def __init__(self, seconds: float):
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds until then, but at most `most`. Raises httpcore.ReadTimeout when it is over."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time is up.")
        return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline):
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects where `allowed(host, port, addresses)` says so, by one of these addresses."""

    def __init__(self, deadline: Deadline, allowed: Callable[[str, int, list[str]], bool]):
        self._backend, self._deadline, self._allowed = httpcore.SyncBackend(), deadline, allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = look_up(host, port, self._deadline.left())
        if not self._allowed(host, port, addresses):
            raise AddressRefused
        failed: Exception = httpcore.ConnectError("The name has no address.")
        for address in addresses[:2]:
            try:
                seconds = self._deadline.left(CONNECT)
                stream = self._backend.connect_tcp(address, port, seconds, local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self._deadline)
        raise failed


def look_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. Raises socket.gaierror, or httpcore.ConnectTimeout after `seconds`.

    The system's look-up cannot be interrupted: it runs in a thread, which is left alone when the
    time is up and ends with the system's own, longer, limit.
    """
    results: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def resolve() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put(list(dict.fromkeys(str(address[0]) for *_kind, address in found)))
        except Exception as error:
            results.put(error)

    threading.Thread(target=resolve, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout("The name was not looked up in time.") from None
    if isinstance(result, Exception):
        raise result
    return result


# What may come of a request that is not an answer.
TROUBLE = (
    AddressRefused,
    socket.gaierror,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    OSError,
    UnicodeError,
)


def trouble(error: Exception) -> str:
    """One word for what happened instead of an answer, one of TROUBLE."""
    if isinstance(error, AddressRefused):
        return "address_not_public"
    if isinstance(error, socket.gaierror):
        return "name_not_found"
    if isinstance(error, httpcore.TimeoutException):
        return "too_slow"
    if isinstance(error, httpcore.ConnectError):
        return "tls_failed" if "SSL" in str(error).upper() else "not_reachable"
    return "connection_broken"
