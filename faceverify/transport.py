"""Celery's filesystem transport, with messages that appear whole and a folder that may vanish.

kombu 5.7 creates a message's file first and writes it afterwards; a worker that polls in between
takes an empty message, and the consumer breaks on it.
"""

import os
import time
import uuid
from queue import Empty

from kombu.transport import filesystem
from kombu.utils.json import dumps

LISTEN = 0.2  # seconds


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs) -> None:
        name = f"{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = os.path.join(self.data_folder_out, name)
        part = os.path.join(self.data_folder_out, f".{name}.part")  # no queue's name ends so
        with open(part, "w") as file:
            file.write(dumps(payload))
        os.replace(part, target)

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

    def drain_events(self, connection, timeout=None):
        """Come back often, so that a worker told to stop notices."""
        return super().drain_events(connection, timeout=min(timeout or LISTEN, LISTEN))
