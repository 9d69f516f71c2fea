"""Celery's filesystem transport, made safe and quick.

In kombu 5.7 a worker on this transport runs on threads, whose child processes read their tasks
through one pipe with one lock: a child that is killed while it waits there keeps the lock, and no
task ever runs again. Here the worker has an event loop, as it has with Redis: each child has a pipe
of its own.

kombu also creates a message's file first and writes it afterwards, so that a worker may take an
empty message; it moves each message to the folder of temporary files before it reads it; it
fails when somebody removes the folder of messages; and it writes a table of each exchange in its place,
so that a full disk leaves an empty one, which no process can read from then on.
"""

import contextlib
import os
import time
import uuid
from queue import Empty
from typing import Any

from kombu.transport import filesystem, virtual
from kombu.utils.json import dumps, loads

from verification.jobs import wakeup


class Channel(filesystem.Channel):
    # Messages name their queue, and nothing is told to all workers: the tables stay in memory.
    supports_fanout = False
    get_table = virtual.Channel.get_table

    # The two classes of kombu that define it name its arguments differently.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        priority = payload["properties"].get("priority") or 0
        name = f"{priority}_{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = os.path.join(self.data_folder_out, name)
        part = os.path.join(self.data_folder_out, f".{name}.part")  # no queue's name ends so
        try:
            with open(part, "w") as file:
                file.write(dumps(payload))
            os.replace(part, target)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise
        wakeup.notify(wakeup.WORK)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        """The oldest message of those with the smallest priority. It belongs to the one who unlinks its file."""
        for name in sorted(self._names(queue)):
            path = os.path.join(self.data_folder_in, name)
            try:
                with open(path) as file:
                    payload = file.read()
                os.unlink(path)
                return loads(payload)
            except (OSError, ValueError):
                continue  # another worker's by now, or damaged: its row is queued again
        raise Empty

    def basic_ack(self, delivery_tag: str, multiple: bool = False) -> None:
        super().basic_ack(delivery_tag, multiple)
        self.connection.deliver_soon()  # there is room for the next of those that wait

    def _size(self, queue: str) -> int:
        return len(self._names(queue))

    def _names(self, queue: str) -> list[str]:
        try:
            names = os.listdir(self.data_folder_in)
        except FileNotFoundError:
            # Somebody removed the folder while the worker runs: the messages in it are queued again
            # from the database.
            os.makedirs(self.data_folder_in, mode=0o700, exist_ok=True)
            return []
        return [name for name in names if name.partition(".")[2] == f"{queue}.msg"]


class Transport(filesystem.Transport):
    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)
    _loop: Any = None
    _polling: Any = None  # the entry in the event loop's timer
    _listener: wakeup.Listener | None = None

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        self._loop, self._listener = loop, wakeup.Listener(wakeup.WORK)
        self._polling = loop.call_repeatedly(self.polling_interval, self._deliver_all)
        if self._listener.fileno() is not None:
            loop.add_reader(self._listener.fileno(), self._woken)

    def deliver_soon(self) -> None:
        if self._listener is not None:
            self._loop.call_soon(self._deliver_all)

    def _woken(self) -> None:
        assert self._listener is not None
        self._listener.wait(0)
        self._deliver_all()

    def _deliver_all(self) -> None:
        """Deliver messages for as long as there are any and the worker takes them."""
        assert self.cycle is not None, "kombu makes it with the transport"
        with contextlib.suppress(Empty):
            while True:
                self.cycle.get(self._deliver)

    def close_connection(self, connection: Any) -> None:
        if self._listener is not None:
            self._polling.cancel()
            if self._listener.fileno() is not None:
                self._loop.remove(self._listener.fileno())
            self._listener.close()
            self._listener = None
        super().close_connection(connection)
