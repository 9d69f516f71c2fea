"""The door to the process `live` in the web process, so that pages and cameras share one origin
wherever no proxy sends /live/ there itself.

A socket is taken out of gunicorn's hands and joined with one to the process: no thread of a request waits
for it, and no other request passes through anything new. Single frames are handed on as requests.
"""

import asyncio
import errno
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import structlog
from django.conf import settings

from . import address

logger = structlog.get_logger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

PATHS = "/live/sessions/"
# What is passed on. A path arrives decoded: one with line ends in it would become fields of its own.
PASSED = re.compile(r"/live/sessions/[0-9A-Za-z-]{1,64}/(?:frames/)?", re.ASCII)
MOST = 150_009  # bytes of a frame that are read: one more than may be sent
PIECE = 65_536
PATIENCE = 30.0  # seconds for the answer to a frame
SPARE = 32  # sockets beyond the sessions
# What the process needs to know of a request. No compression: pictures are compressed.
OF_SOCKET = (
    "host", "upgrade", "connection", "origin", "sec-websocket-key", "sec-websocket-version",
)  # fmt: skip
OF_FRAME = (
    "host", "origin", "authorization", "access-control-request-method",
    "access-control-request-headers",
)  # fmt: skip


def with_cameras(application: Application) -> Application:
    """The application with /live/ beside it."""
    tunnels = Tunnels()

    def door(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PATHS):
            return application(environ, start_response)
        if not PASSED.fullmatch(environ["PATH_INFO"]):
            detail = "There is no such session."
            return _problem(start_response, "404 Not Found", "not_found", detail)
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return _socket(tunnels, environ, start_response)
        return _frame(environ, start_response)

    return door


def _socket(tunnels: "Tunnels", environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    ours = environ.get("gunicorn.socket")
    if ours is None or isinstance(ours, ssl.SSLSocket):
        detail = "This web server passes no sockets on: send frames with POST."
        return _problem(start_response, "501 Not Implemented", "no_sockets", detail)
    if tunnels.count >= settings.FACEVERIFY_LIVE_SESSIONS + SPARE:
        return _unavailable(start_response)
    try:
        theirs = address.connect()
        theirs.sendall(_head(environ))
    except OSError:
        return _unavailable(start_response)
    tunnels.join(socket.socket(fileno=ours.detach()), theirs)
    # As if the client had gone: gunicorn forgets the connection, and nothing is answered on it.
    raise ConnectionResetError(errno.ECONNRESET, "joined with the process that follows cameras")


def _head(environ: dict[str, Any]) -> bytes:
    lines = [f"GET {environ['PATH_INFO']} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in _headers(environ, OF_SOCKET).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _headers(environ: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    given = {name: environ.get(f"HTTP_{name.upper().replace('-', '_')}") for name in names}
    return {name: value for name, value in given.items() if value}


def _frame(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(MOST) if environ.get("REQUEST_METHOD") == "POST" else b""
    inner = http.client.HTTPConnection("localhost", timeout=PATIENCE)
    try:
        inner.sock = address.connect()
        inner.sock.settimeout(PATIENCE)
        headers = _headers(environ, OF_FRAME)
        inner.request(environ["REQUEST_METHOD"], environ["PATH_INFO"], body, headers)
        answer = inner.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException):
        return _unavailable(start_response)
    finally:
        inner.close()
    passed = [(name, value) for name, value in answer.getheaders() if name.lower() not in HOP]
    start_response(f"{answer.status} {answer.reason}", passed)
    return [said]


HOP = ("connection", "date", "server", "keep-alive", "transfer-encoding")


def _unavailable(start_response: Any) -> Iterable[bytes]:
    detail = "The process that follows cameras does not answer. Try again in a moment."
    return _problem(start_response, "503 Service Unavailable", "live_unavailable", detail)


def _problem(start_response: Any, status: str, code: str, detail: str) -> Iterable[bytes]:
    said = {"type": "about:blank", "status": int(status[:3]), "code": code, "detail": detail}
    body = json.dumps(said).encode()
    start_response(
        status,
        [
            ("Content-Type", "application/problem+json"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ],
    )
    return [body]


class Tunnels:
    """Pairs of joined sockets, all carried by one thread of this process."""

    def __init__(self) -> None:
        self.count = 0
        self.starting = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def join(self, ours: socket.socket, theirs: socket.socket) -> None:
        """Carry bytes between the two until either ends."""
        self.count += 1
        with self.starting:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                threading.Thread(target=self.loop.run_forever, name="tunnels", daemon=True).start()
        self.loop.call_soon_threadsafe(self._carry, ours, theirs)

    def _carry(self, ours: socket.socket, theirs: socket.socket) -> None:
        assert self.loop is not None
        task = self.loop.create_task(self._carried(ours, theirs))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _carried(self, ours: socket.socket, theirs: socket.socket) -> None:
        writers: list[asyncio.StreamWriter] = []
        try:
            for end in (ours, theirs):
                end.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=ours, limit=PIECE)
            writers.append(writer)
            inner_reader, inner_writer = await asyncio.open_unix_connection(
                sock=theirs, limit=PIECE
            )
            writers.append(inner_writer)
            ways = [
                asyncio.create_task(_pass_on(reader, inner_writer)),
                asyncio.create_task(_pass_on(inner_reader, writer)),
            ]
            # What the process has said last is still passed on; then both ends are closed.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError as error:
            logger.info("live_tunnel_ended", error=type(error).__name__)
        finally:
            self.count -= 1
            for writer in writers:
                writer.close()
            for end in (ours, theirs)[len(writers) :]:
                end.close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
