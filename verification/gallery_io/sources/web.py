"""Read from another program over HTTP, at an address that a user gave."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.conf import settings

from ...engine import MAX_BYTES
from ...outbound.addresses import is_public
from ...outbound.connections import TROUBLE, AddressRefused, Deadline, GuardedBackend
from ...text.sentences import sentence
from .base import SourceRefused

SECONDS = 30.0  # for one answer
MOST_JSON = 16 * 1024**2
URL_LENGTH = 500

BAD_ADDRESS = sentence("This is not the address of a server.")
LIKE_THIS = sentence("Give it like this: https://faces.example.org, or with a port at the end.")
NOT_ALLOWED = sentence("Requests are not sent to this address.")
HAVE_IT_ALLOWED = sentence(
    "Only servers on the open Internet, by https://, are asked. Whoever runs this site can allow another one "
    "with FACEVERIFY_IMPORT_HOSTS."
)
NOT_REACHED = sentence("The server does not answer at this address.")
CHECK_ADDRESS = sentence("See whether it runs and the address is right, then import again.")
KEY_REFUSED = sentence("The server refuses the key.")
CHECK_KEY = sentence("Copy the key again from there, then import again.")
OTHER_ANSWER = sentence("The server answers otherwise than expected, with status %(status)s.")


def server_address(address: str, *, is_trusted: bool = False) -> str:
    """An address as it will be used, without a slash at its end; `is_trusted`: the operator gave it, and
    not a user. Raises SourceRefused."""
    address = address.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _bad_address() from None
    plain = address.isascii() and address.isprintable() and " " not in address
    if not plain or len(address) > URL_LENGTH or parts.scheme not in ("http", "https"):
        raise _bad_address()
    if (
        not parts.hostname
        or port == 0
        or parts.username is not None
        or parts.query
        or parts.fragment
    ):
        raise _bad_address()
    if parts.scheme == "http" and not is_trusted and not _listed(parts.hostname, port or 80):
        raise not_allowed()
    return address


class Reader:
    """Answers of one server; a context manager, which keeps the connection.

    Args:
        headers: sent with every request.
        is_trusted: whether the operator gave the address, and not a user.
    """

    def __init__(self, address: str, headers: Mapping[str, str], *, is_trusted: bool = False):
        self.address, self.headers, self.is_trusted = address, dict(headers), is_trusted
        self._deadline = Deadline(SECONDS)

    def __enter__(self) -> "Reader":
        backend = GuardedBackend(self._deadline, self._allowed)
        self._pool = httpcore.ConnectionPool(network_backend=backend, max_connections=1)
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.close()

    def get(self, path: str, *, most: int = MAX_BYTES + 1) -> tuple[int, bytes]:
        """The status, and up to `most` bytes of the body. Raises SourceRefused."""
        return self.send("GET", path, most=most)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        most: int = MOST_JSON,
    ) -> tuple[int, bytes]:
        """As `get`, with another method, a body and more headers."""
        self._deadline.restart(SECONDS)
        sent: dict[bytes | str, bytes | str] = {
            "user-agent": "faceverify-import/1",
            "accept-encoding": "identity",
        }
        sent.update(self.headers | dict(headers or {}))
        try:
            with self._pool.stream(
                method, self.address + path, headers=sent, content=body or None
            ) as answer:
                return answer.status, _start_of(answer, most)
        except AddressRefused:
            raise not_allowed() from None
        except TROUBLE:
            raise SourceRefused("source_not_reached", NOT_REACHED, CHECK_ADDRESS) from None

    def json(self, path: str) -> Any:
        """What a server says of itself. Raises SourceRefused."""
        status, body = self.get(path, most=MOST_JSON)
        return understood(status, body)

    def _allowed(self, host: str, port: int, addresses: list[str]) -> bool:
        return self.is_trusted or _listed(host, port) or all(map(is_public, addresses))


def understood(status: int, body: bytes) -> Any:
    """The JSON of a good answer. Raises SourceRefused."""
    if status in (401, 403):
        raise SourceRefused("source_key_refused", KEY_REFUSED, CHECK_KEY)
    try:
        if status != 200:
            raise ValueError("not a good answer")
        return json.loads(body)
    except (ValueError, RecursionError):
        raise other_answer(status) from None


def other_answer(status: int) -> SourceRefused:
    return SourceRefused("source_unknown", OTHER_ANSWER % {"status": status}, CHECK_ADDRESS)


def not_allowed() -> SourceRefused:
    return SourceRefused("source_not_allowed", NOT_ALLOWED, HAVE_IT_ALLOWED)


def _listed(host: str, port: int) -> bool:
    """Whether the operator has named this server."""
    host = host.lower()
    shown = f"[{host}]" if ":" in host else host
    names = {name.lower() for name in settings.FACEVERIFY_IMPORT_HOSTS}
    return shown in names or f"{shown}:{port}" in names


def _start_of(answer: httpcore.Response, most: int) -> bytes:
    pieces, size = [], 0
    for piece in answer.iter_stream():
        pieces.append(piece)
        size += len(piece)
        if size >= most:
            break
    return b"".join(pieces)[:most]


def _bad_address() -> SourceRefused:
    return SourceRefused("source_address_invalid", BAD_ADDRESS, LIKE_THIS)
