"""Celery's Redis transport, which makes a client of Redis for each message that it sends, takes or ends: that
takes longer than the message. Here each channel keeps one."""

from typing import Any

from kombu.transport import redis


class Channel(redis.Channel):
    _kept: Any = None  # a client, which any thread may use

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)
        # A connection that was lost has taken its pool with it.
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept


class Transport(redis.Transport):
    Channel = Channel
