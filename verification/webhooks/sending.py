"""One HTTP request to an address that a user gave, sent from inside our network.

The address is checked as `verification.outbound.connections` does. Redirects are not followed, and the
whole, with the look-up of the name, takes at most TOTAL seconds, however slowly the other side sends.
"""

import time
from dataclasses import dataclass

import httpcore
from django.conf import settings

from ..outbound.addresses import is_public
from ..outbound.connections import TROUBLE, Deadline, GuardedBackend, trouble

TOTAL = 8.0  # seconds
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


def _allowed(host: str, port: int, addresses: list[str]) -> bool:
    """Public addresses only, unless the operator allows others."""
    return settings.FACEVERIFY_WEBHOOK_PRIVATE or all(map(is_public, addresses))


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
            httpcore.ConnectionPool(
                network_backend=GuardedBackend(Deadline(TOTAL), _allowed)
            ) as pool,
            pool.stream("POST", url, headers=sent, content=body.encode()) as answer,
        ):
            status = answer.status
            _drain(answer)
    except TROUBLE as failed:
        error = trouble(failed)
    if status is not None:
        error = ""  # an answer counts, even when the connection broke after its head
    return Answer(status, error, round(1000 * (time.monotonic() - started)))


def _drain(answer: httpcore.Response) -> None:
    size = 0
    for piece in answer.iter_stream():
        size += len(piece)
        if size > MAX_ANSWER:
            return
