"""Celery's filesystem transport, with messages that appear whole and a folder that may vanish.

kombu 5.7 creates a message's file first and writes it afterwards; a worker that polls in between
takes an empty message, and the consumer breaks on it. It also looks for messages at intervals only.
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
        wakeup.ring(wakeup.WORK)

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
    bell = None

    def drain_events(self, connection, timeout=None):
        """Deliver one message. Waits for one at a bell, which is rung when one is queued, and
        comes back often, so that a worker told to stop notices."""
        self.bell = self.bell or wakeup.Bell(wakeup.WORK)
        until = time.monotonic() + min(timeout or LISTEN, LISTEN)
        while True:
            try:
                return self.cycle.get(self._deliver, timeout=timeout)
            except Empty:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError from None
                self.bell.wait(min(left, self.polling_interval))

    def close_connection(self, connection):
        if self.bell is not None:
            self.bell.close()
            self.bell = None
        super().close_connection(connection)
