"""One HTTP request to an address that a user gave, sent from inside our network.

The name is resolved here, each of its addresses is checked, and the connection is made to a checked
address: a name that resolves differently a moment later changes nothing. Redirects are not
followed, no proxy of the environment is used, and the whole, with the look-up of the name, takes at
most TOTAL seconds, however slowly the other side sends.
"""

import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from ssl import SSLContext
from typing import Any

import httpcore
from django.conf import settings

from .addresses import is_public

CONNECT, TOTAL = 3.0, 8.0  # seconds
MAX_ANSWER = 64 * 1024  # bytes read of an answer, to end the exchange cleanly; none is kept


@dataclass(frozen=True)
class Answer:
    """What came of the request: `status`, or in `error` why there is none."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(Exception):
    """The name points to an address that requests are not sent to."""


class _Deadline:
    """A moment by which all is over."""

    def __init__(self, seconds: float):
        self._at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Seconds until then, but at most `most`. Raises httpcore.ReadTimeout when it is over."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time is up.")
        return left if most is None else min(left, most)


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: _Deadline):
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


class _Guarded(httpcore.NetworkBackend):
    """Connects to public addresses only, unless the operator allows others."""

    def __init__(self, deadline: _Deadline):
        self._backend, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = _look_up(host, port, self._deadline.left())
        if not settings.FACEVERIFY_WEBHOOK_PRIVATE and not all(map(is_public, addresses)):
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


def _look_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. Raises socket.gaierror, or httpcore.ConnectTimeout after `seconds`.

    The system's look-up cannot be interrupted: it runs in a thread, which is left alone when the
    time is up and ends with the system's own, longer, limit.
    """
    results: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put(list(dict.fromkeys(str(address[0]) for *_kind, address in found)))
        except Exception as error:
            results.put(error)

    threading.Thread(target=look_up, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        raise httpcore.ConnectTimeout("The name was not looked up in time.") from None
    if isinstance(result, Exception):
        raise result
    return result


def post(url: str, *, body: str, headers: dict[str, str]) -> Answer:
    """Send it. Never raises for what the other side does."""
    started = time.monotonic()
    status, error = None, ""
    sent: dict[bytes | str, bytes | str] = {
        "content-type": "application/json",
        "user-agent": "faceverify-webhooks/1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }
    sent.update(headers)
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guarded(_Deadline(TOTAL))) as pool,
            pool.stream("POST", url, headers=sent, content=body.encode()) as answer,
        ):
            status = answer.status
            _drain(answer)
    except AddressRefused:
        error = "address_not_public"
    except socket.gaierror:
        error = "name_not_found"
    except httpcore.TimeoutException:
        error = "too_slow"
    except httpcore.ConnectError as failed:
        error = "tls_failed" if "SSL" in str(failed).upper() else "not_reachable"
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError):
        error = "connection_broken"
    if status is not None:
        error = ""  # an answer counts, even when the connection broke after its head
    return Answer(status, error, round(1000 * (time.monotonic() - started)))


def _drain(answer: httpcore.Response) -> None:
    size = 0
    for piece in answer.iter_stream():
        size += len(piece)
        if size > MAX_ANSWER:
            return
