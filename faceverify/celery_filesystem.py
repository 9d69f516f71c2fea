"""Celery's filesystem transport, made safe and quick.

kombu 5.7 creates a message's file first and writes it afterwards; a worker that polls in between
takes an empty message, and the consumer breaks on it. It fails when somebody removes the folder of
messages, and it finds a message only at its next poll.
"""

import os
import time
import uuid
from queue import Empty

from kombu.transport import filesystem
from kombu.utils.json import dumps

from verification.jobs import wakeup

LISTEN = 0.2  # seconds


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs) -> None:
        name = f"{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = os.path.join(self.data_folder_out, name)
        part = os.path.join(self.data_folder_out, f".{name}.part")  # no queue's name ends so
        with open(part, "w") as file:
            file.write(dumps(payload))
        os.replace(part, target)
        wakeup.notify(wakeup.WORK)

    def _get(self, queue):
        try:
            return super()._get(queue)
        except FileNotFoundError:
            # Someone removed the folder under a running worker: what it held is queued again
            # from the database.
            os.makedirs(self.data_folder_in, mode=0o700, exist_ok=True)
            raise Empty from None


class Transport(filesystem.Transport):
    Channel = Channel
    listener: wakeup.Listener | None = None

    def drain_events(self, connection, timeout=None):
        """Deliver one message. Waits until one is queued, but returns often, so that a worker that
        has to stop notices it."""
        self.listener = self.listener or wakeup.Listener(wakeup.WORK)
        until = time.monotonic() + min(timeout or LISTEN, LISTEN)
        while True:
            try:
                return self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                self.listener.wait(min(left, self.polling_interval))

    def close_connection(self, connection):
        if self.listener is not None:
            self.listener.close()
            self.listener = None
        super().close_connection(connection)
