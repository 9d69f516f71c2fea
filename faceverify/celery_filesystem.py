"""Celery's filesystem transport, made safe and quick.

kombu 5.7 creates a message's file first and writes it afterwards; a worker that polls in between
takes an empty message, and the consumer breaks on it. It fails when somebody removes the folder of
messages, and it finds a message only at its next poll.
"""

import os
import time
import uuid
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps

from verification.jobs import wakeup

LISTEN = 0.2  # seconds


class Channel(filesystem.Channel):
    # The two classes of kombu that define it name its arguments differently.
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = os.path.join(self.data_folder_out, name)
        part = os.path.join(self.data_folder_out, f".{name}.part")  # no queue's name ends so
        with open(part, "w") as file:
            file.write(dumps(payload))
        os.replace(part, target)
        wakeup.notify(wakeup.WORK)

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        try:
            return super()._get(queue)
        except FileNotFoundError:
            # Somebody removed the folder while the worker runs: the messages in it are queued again
            # from the database.
            os.makedirs(self.data_folder_in, mode=0o700, exist_ok=True)
            raise Empty from None


class Transport(filesystem.Transport):
    Channel = Channel
    listener: wakeup.Listener | None = None

    def drain_events(self, connection: Any, timeout: float | None = None, **kwargs: Any) -> None:
        """Deliver one message. Waits until one is queued, but returns often, so that a worker that
        has to stop notices it."""
        self.listener = self.listener or wakeup.Listener(wakeup.WORK)
        assert self.cycle is not None, "kombu makes it with the transport"
        until = time.monotonic() + min(timeout or LISTEN, LISTEN)
        while True:
            try:
                self.cycle.get(self._deliver, timeout=timeout)
                return
            except Empty:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                self.listener.wait(min(left, self.polling_interval))

    def close_connection(self, connection: Any) -> None:
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        super().close_connection(connection)
