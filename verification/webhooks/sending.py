"""One HTTP request to an address that somebody gave us, from inside our network.

The name is resolved here, each address is checked, and the checked one is connected to: a name
that resolves otherwise a moment later changes nothing. Redirects are not followed, no proxy of the
environment is used, and the whole takes TOTAL seconds at most, however slowly bytes drip.
"""

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

import httpcore
from django.conf import settings

from .addresses import is_public

CONNECT, TOTAL = 3.0, 8.0  # seconds
MAX_ANSWER = 64 * 1024  # bytes read of an answer, to end the exchange cleanly; none is kept


@dataclass(frozen=True)
class Answer:
    """`status`, or in `error` why there is none."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(Exception):
    """The name leads to an address that requests are not sent to."""


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float):
        self._inner, self._deadline = inner, deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time is up.")
        return min(left, TOTAL if timeout is None else timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        inner = self._inner.start_tls(ssl_context, server_hostname, self._left(timeout))
        return _Stream(inner, self._deadline)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str):
        return self._inner.get_extra_info(info)


class _Guarded(httpcore.NetworkBackend):
    """Connects to public addresses only, unless the operator allows others."""

    def __init__(self, deadline: float):
        self._backend, self._deadline = httpcore.SyncBackend(), deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable | None = None,
    ) -> httpcore.NetworkStream:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(each[4][0] for each in found))
        if not settings.FACEVERIFY_WEBHOOK_PRIVATE and not all(map(is_public, addresses)):
            raise AddressRefused
        failed: Exception = httpcore.ConnectError("The name has no address.")
        for address in addresses[:2]:
            try:
                stream = self._backend.connect_tcp(address, port, CONNECT, local_address)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self._deadline)
        raise failed


def post(url: str, *, body: str, headers: dict[str, str]) -> Answer:
    """Never raises for what the other side does."""
    started = time.monotonic()
    status, error = None, ""
    headers = {
        "content-type": "application/json",
        "user-agent": "faceverify-webhooks/1",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
        **headers,
    }
    try:
        with (
            httpcore.ConnectionPool(network_backend=_Guarded(started + TOTAL)) as pool,
            pool.stream("POST", url, headers=headers, content=body.encode()) as answer,
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
