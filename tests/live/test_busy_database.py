"""A camera whose database is busy with another's is still spoken to."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from tests.support.servers import PATIENCE
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
