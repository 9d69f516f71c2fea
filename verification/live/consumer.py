"""A session over a socket: the newest frame is looked at, what came before it and was not, is dropped."""

import asyncio
import json
import time
from collections import deque
from typing import Any
from uuid import UUID

import structlog
from channels.consumer import get_handler_name
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from .errors import BAD_MESSAGE, NO_ROOM, NOT_STARTED, TOO_MANY_FRAMES, Fault, LiveRefused
from .messages import frame_of, header, language_of, opened_token, said_in
from .running import INTERRUPTED, PER_SECOND, LiveRun, Told, open_run
from .subjects import CannotLook

logger = structlog.get_logger(__name__)

PATIENCE = 10.0  # seconds for the first message, and for a client to take an answer
FLOOD = 4 * PER_SECOND  # frames in a second at which a client is sent away
RESTART = 1012  # with which uvicorn closes sockets when it stops
SPARE = 32  # sockets beyond the sessions, which wait for their token or are told to wait

_open = 0


class CameraConsumer(AsyncWebsocketConsumer):
    """See docs/live.md for the messages."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As Channels does, which first closes old connections in the one thread of the database: there a
        frame would wait for whatever is asked for another camera. `database_sync_to_async` closes them."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        global _open
        _open += 1
        self.counted = True
        self.run: LiveRun | None = None
        self.gone = False
        self.language = language_of(dict(self.scope))
        self.newest: bytes | None = None
        self.arrived = asyncio.Event()
        self.lately: deque[float] = deque(maxlen=FLOOD)
        self.sending = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()
        await self.accept()
        if _open > settings.FACEVERIFY_LIVE_SESSIONS + SPARE:
            await self._refuse(NO_ROOM)
            return
        self._spawn(self._wait_for_start())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.gone:
            return
        try:
            if bytes_data is not None:
                self._frame(bytes_data)
            elif self.run is None:
                await self._start(text_data or "")
            else:
                raise LiveRefused(BAD_MESSAGE)
        except LiveRefused as error:
            await self._refuse(error.fault)

    async def disconnect(self, code: int) -> None:
        global _open
        self.gone = True
        if self.counted:
            _open -= 1
            self.counted = False
        if self.run is not None:
            self.run.tell = None
            if code == RESTART:
                await self.run.leave(INTERRUPTED, "error")
            else:
                await self.run.leave()
        for task in self.tasks:
            task.cancel()
        raise StopConsumer

    async def _start(self, text: str) -> None:
        id: UUID = self.scope["url_route"]["kwargs"]["id"]
        try:
            said = json.loads(text)
            kind, token = said["type"], said["token"]
            asked = said.get("language")
        except (ValueError, KeyError, TypeError):
            raise LiveRefused(NOT_STARTED) from None
        if kind != "start":
            raise LiveRefused(NOT_STARTED)
        scope: dict[str, Any] = dict(self.scope)
        self.language = language_of(scope, asked)
        opened = opened_token(
            token,
            session=id,
            origin=header(scope, b"origin"),
            host=header(scope, b"host") or "",
        )
        try:
            self.run = await open_run(opened, way="socket", text=token)
        except CannotLook as error:
            reason = error.reason
            detail = said_in(self.language, reason.detail)
            await self._end(
                {"type": "end", "reason": "refused", "code": reason.code, "detail": detail}
            )
            return
        self.run.tell = self._told
        await self._say(self.run.ready)
        self._spawn(self._look())

    def _frame(self, message: bytes) -> None:
        """Keep it as the newest. Raises LiveRefused."""
        if self.run is None:
            raise LiveRefused(NOT_STARTED)
        now = time.monotonic()
        self.lately.append(now)
        if len(self.lately) == FLOOD and now - self.lately[0] < 1.0:
            raise LiveRefused(TOO_MANY_FRAMES)
        frame_of(message, after=(-1, -1))
        self.newest = message
        self.arrived.set()

    async def _look(self) -> None:
        """Look at the newest frame, answer, and only then look at the next."""
        run = self.run
        assert run is not None
        try:
            while run.ended is None:
                await self.arrived.wait()
                await asyncio.sleep(run.until_next())
                message, self.newest = self.newest, None
                self.arrived.clear()
                if message is None or run.ended is not None:
                    continue
                number, captured, jpeg = frame_of(message, after=(run.number, run.captured))
                said = await run.take(number, captured, jpeg)
                said.pop("end", None)  # `tell` says it
                await self._say(said)
        except LiveRefused as error:
            if run.ended is None:
                await self._refuse(error.fault)

    async def _wait_for_start(self) -> None:
        await asyncio.sleep(PATIENCE)
        if self.run is None and not self.gone:
            await self._refuse(NOT_STARTED)

    async def _told(self, message: Told) -> None:
        if message["type"] == "end":
            await self._end(message)
        else:
            await self._say(message)

    async def _end(self, message: Told) -> None:
        await self._say(message)
        await self._close(1000)

    async def _refuse(self, fault: Fault) -> None:
        if self.run is not None:
            self.run.tell = None
            await self.run.refuse(fault)
        detail = said_in(self.language, fault.detail)
        await self._say({"type": "error", "code": fault.code, "detail": detail})
        await self._close(fault.close)

    async def _say(self, message: Told) -> None:
        """Send; a client that does not read for long is left."""
        if self.gone:
            return
        try:
            async with self.sending:
                await asyncio.wait_for(self.send(json.dumps(message)), PATIENCE)
        except TimeoutError:
            logger.info("live_client_does_not_read")
            self.gone = True
            if self.run is not None:
                self.run.tell = None
                self._spawn(self.run.leave())

    async def _close(self, code: int) -> None:
        if not self.gone:
            self.gone = True
            await self.close(code)

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
