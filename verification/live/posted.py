"""A session over single requests, for programs, and for networks that let no socket through.

The first frame opens the session; the token in its head is asked for with each. The answer to the last
frame carries the end.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from ..text.sentences import sentence
from .errors import (
    ALREADY_USED,
    BAD_MESSAGE,
    NOT_FOUND,
    ORIGIN_REFUSED,
    TOKEN_INVALID,
    TOO_LARGE,
    Fault,
    LiveRefused,
)
from .messages import (
    HEADER,
    MAX_FRAME,
    frame_of,
    header,
    is_allowed,
    language_of,
    opened_token,
    said_in,
)
from .models import LiveSession
from .running import LiveRun, Told, in_database, open_run, run_of
from .subjects import CannotLook
from .tokens import TokenExpired, TokenInvalid, read_token

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Told]]
Send = Callable[[Told], Awaitable[None]]

MOST = MAX_FRAME + HEADER.size
PATIENCE = 10.0  # seconds for a whole frame to come
METHODS = Fault("method_not_allowed", sentence("Send frames with POST."), 4400, 405)
TOO_SLOW = sentence("The frame did not come in time.")


async def take_frames(scope: Scope, receive: Receive, send: Send) -> None:
    """The ASGI application of one frame."""
    id: UUID = scope["url_route"]["kwargs"]["id"]
    origin, host = header(scope, b"origin"), header(scope, b"host") or ""
    if scope["method"] == "OPTIONS":
        await _preflight(scope, send, id, origin, host)
        return
    allowed: str | None = None
    try:
        if scope["method"] != "POST":
            raise LiveRefused(METHODS)
        body = await asyncio.wait_for(_body(scope, receive), PATIENCE)
        text = _token(scope)
        allowed = _origin_to_tell(text, id, origin, host)
        status, said = 200, await _answered(id, text, body, origin, host)
    except LiveRefused as error:
        fault = error.fault
        status, said = fault.status, _problem(scope, fault.status, fault.code, fault.detail)
    except CannotLook as error:
        status, said = 409, _problem(scope, 409, error.reason.code, error.reason.detail)
    except TimeoutError:
        status, said = 408, _problem(scope, 408, "too_slow", TOO_SLOW)
    kind = "application/json" if status == 200 else "application/problem+json"
    await _send(send, status, json.dumps(said).encode(), kind, allowed)


async def _answered(id: UUID, text: str, body: bytes, origin: str | None, host: str) -> Told:
    run = run_of(id)
    if run is None:
        # Looked at before the token is used up.
        number, captured, jpeg = frame_of(body, after=(-1, -1))
        token = opened_token(text, session=id, origin=origin, host=host)
        run = await open_run(token, way="post", text=text)
    else:
        _check(run, id, text, origin, host)
        number, captured, jpeg = frame_of(body, after=(run.number, run.captured))
        await asyncio.sleep(run.until_next())
    return await run.take(number, captured, jpeg)


def _check(run: LiveRun, id: UUID, text: str, origin: str | None, host: str) -> None:
    """The token was used by these requests and not by a socket."""
    if text != run.text:
        raise LiveRefused(TOKEN_INVALID)
    if run.way != "post":
        raise LiveRefused(ALREADY_USED)
    token = read_token(text, session=id, max_age=None)
    if not is_allowed(origin, token.origins, host):
        raise LiveRefused(ORIGIN_REFUSED)


def _token(scope: Scope) -> str:
    kind, _, token = (header(scope, b"authorization") or "").partition(" ")
    if kind.lower() != "live" or not token.strip():
        raise LiveRefused(TOKEN_INVALID)
    return token.strip()


def _origin_to_tell(text: str, id: UUID, origin: str | None, host: str) -> str | None:
    """The origin whose page may read the answer, an error too."""
    try:
        token = read_token(text, session=id, max_age=None)
    except (TokenInvalid, TokenExpired):
        return None
    return origin if origin and is_allowed(origin, token.origins, host) else None


async def _body(scope: Scope, receive: Receive) -> bytes:
    length = header(scope, b"content-length") or ""
    if length.isdigit() and int(length) > MOST:
        raise LiveRefused(TOO_LARGE)
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise LiveRefused(BAD_MESSAGE)
        body += message.get("body", b"")
        if len(body) > MOST:
            raise LiveRefused(TOO_LARGE)
        if not message.get("more_body"):
            return body


async def _preflight(scope: Scope, send: Send, id: UUID, origin: str | None, host: str) -> None:
    """A browser asks, without the token, whether a page of this origin may send frames."""
    rows = LiveSession.objects.filter(pk=id).values_list("origins", flat=True)
    origins = await in_database(rows.first)()
    allowed = origin if origin and origins is not None else None
    if allowed is None or not is_allowed(allowed, tuple(origins), host):
        problem = json.dumps(_problem(scope, 404, NOT_FOUND.code, NOT_FOUND.detail)).encode()
        await _send(send, 404, problem, "application/problem+json", None)
        return
    await _send(
        send, 204, b"", "", allowed,
        (b"access-control-allow-methods", b"POST"),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"180"),
    )  # fmt: skip


def _problem(scope: Scope, status: int, code: str, detail: str) -> Told:
    words = said_in(language_of(scope), detail)
    return {"type": "about:blank", "status": status, "code": code, "detail": words}


async def _send(
    send: Send,
    status: int,
    body: bytes,
    kind: str,
    allowed: str | None,
    *more: tuple[bytes, bytes],
) -> None:
    headers = [
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"origin"),
        (b"x-content-type-options", b"nosniff"),
        *more,
    ]
    if kind:
        headers.append((b"content-type", kind.encode()))
    if allowed:
        headers.append((b"access-control-allow-origin", allowed.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
