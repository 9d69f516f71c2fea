"""While the database is busy with another camera, sockets are taken and frames looked at."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from tests.support.servers import PATIENCE
from verification.live import running
from verification.live.routing import sockets


@asynccontextmanager
async def busy_database():
    """The one thread in which the process asks the database has an answer to wait for."""
    asked, answered = threading.Event(), threading.Event()

    def ask() -> None:
        asked.set()
        answered.wait(3 * PATIENCE)

    waiting = asyncio.create_task(sync_to_async(ask)())
    while not asked.is_set():
        await asyncio.sleep(0)
    try:
        yield
    finally:
        answered.set()
        await waiting


async def said_by_a_socket(*sent: dict[str, Any]) -> list[dict[str, Any]]:
    scope = {"type": "websocket", "path": f"/live/sessions/{uuid4()}/", "headers": []}
    talk = ApplicationCommunicator(sockets, scope)
    for message in sent:
        await talk.send_input(message)
    said = [await talk.receive_output(PATIENCE) for _ in range(3)]
    await talk.send_input({"type": "websocket.disconnect", "code": 1000})
    await talk.wait(PATIENCE)
    return said


def test_a_socket_is_taken_and_answered_while_the_database_is_busy():
    async def scene():
        async with busy_database():
            return await said_by_a_socket(
                {"type": "websocket.connect"}, {"type": "websocket.receive", "bytes": b"a frame"}
            )

    taken, answer, closed = asyncio.run(scene())

    assert taken["type"] == "websocket.accept"
    assert json.loads(answer["text"])["code"] == "not_started"
    assert closed["type"] == "websocket.close"


def test_a_frame_is_looked_at_while_the_database_is_busy(monkeypatch):
    camera = SimpleNamespace(take=lambda *_frame: None, tick=lambda _now: None)
    monkeypatch.setattr(running, "LiveCamera", lambda *_subject: camera)
    monkeypatch.setattr(running, "WATCH", 0)
    monkeypatch.setattr(
        running, "CHECK", -1
    )  # always time to ask whether the session was cancelled
    asked = asyncio.Event()

    class Run(running.LiveRun):
        async def _is_held(self) -> bool:
            asked.set()
            return await super()._is_held()

    async def scene():
        claim: Any = SimpleNamespace(
            held=SimpleNamespace(exists=lambda: True), row=SimpleNamespace(source="api")
        )
        what: Any = SimpleNamespace(seconds=3 * PATIENCE)
        run = Run(claim, what, None, way="socket", text="")
        async with busy_database():
            watching = asyncio.create_task(run.watch())
            await asked.wait()
            said = await asyncio.wait_for(run.take(7, 0, b"a frame"), PATIENCE)
        run.ended = {"type": "end"}
        await watching
        return said

    assert asyncio.run(scene()) == {"type": "frame", "seq": 7}
