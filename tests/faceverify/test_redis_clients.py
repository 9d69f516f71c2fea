"""A client of Redis is made once, and again when its connections are lost."""

import pytest
from kombu import Connection

from faceverify.cache import Cache
from faceverify.celery_redis import Transport
from tests.support.servers import redis_server


@pytest.mark.server
def test_the_queue_keeps_its_client_until_its_connections_are_lost():
    with redis_server() as url, Connection(url, transport=Transport) as connection:
        channel = connection.default_channel
        client = channel._create_client()
        assert client.ping()
        assert channel._create_client() is client

        channel._disconnect_pools()

        another = channel._create_client()
        assert another is not client
        assert another.ping()


def test_the_cache_has_one_client_for_all_commands():
    client = Cache("redis://localhost:6379/0", {})._cache

    assert client.get_client("a key") is client.get_client("another", write=True)
