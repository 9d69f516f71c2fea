"""Celery's filesystem transport, with messages that appear whole.

kombu 5.7 creates a message's file first and writes it afterwards; a worker that polls in between
takes an empty message, and the consumer breaks on it.
"""

import os
import time
import uuid

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs) -> None:
        name = f"{round(time.time() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = os.path.join(self.data_folder_out, name)
        part = os.path.join(self.data_folder_out, f".{name}.part")  # no queue's name ends so
        with open(part, "w") as file:
            file.write(dumps(payload))
        os.replace(part, target)


class Transport(filesystem.Transport):
    Channel = Channel
