"""Redis as a cache that may be lost: then nothing is found in it, and nothing is kept.

What is cached here, such as how many requests somebody has sent, is worth less than an answer. So
rate limits fail open. `Cache.probe` tells the truth, for health checks.
"""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from django.utils.translation import gettext
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

logger = structlog.get_logger(__name__)

PAUSE = 5.0  # seconds for which a Redis that did not answer is left alone
# A server that is gone without a word costs so much once in each PAUSE.
TIMEOUTS = {"socket_connect_timeout": 1, "socket_timeout": 2}


# Errors of TLS that only say that the connection has ended.
CUT_OFF = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class _Pause:
    """Shared by the threads of a process, which have connections of their own."""

    until = 0.0


def _or_nothing(name: str, nothing: Callable[..., Any]) -> Callable[..., Any]:
    """A method of the client; while Redis is lost, `nothing` of the same arguments."""
    usual = getattr(RedisCacheClient, name)

    def method(self: RedisCacheClient, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _Pause.until:
            try:
                return usual(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                _Pause.until = time.monotonic() + PAUSE
                logger.error(
                    "cache_unreachable",
                    error=type(error).__name__,
                    **({"detail": refusal} if (refusal := distrust(error)) else {}),
                )
        return nothing(*args, **kwargs)

    return method


class LosableClient(RedisCacheClient):
    _kept: Any = None

    # As a cache answers that has room for nothing; `add` grants the lock that is asked for.
    add = _or_nothing("add", lambda key, value, timeout: True)
    get = _or_nothing("get", lambda key, default: default)
    set = _or_nothing("set", lambda key, value, timeout: None)
    touch = _or_nothing("touch", lambda key, timeout: False)
    delete = _or_nothing("delete", lambda key: False)
    get_many = _or_nothing("get_many", lambda keys: {})
    has_key = _or_nothing("has_key", lambda key: False)
    incr = _or_nothing("incr", lambda key, delta: delta)
    set_many = _or_nothing("set_many", lambda data, timeout: None)
    delete_many = _or_nothing("delete_many", lambda keys: None)
    clear = _or_nothing("clear", lambda: False)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """One for all commands: to make one takes longer than a command."""
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


def distrust(error: BaseException | None) -> str:
    """What to do where it is TLS that keeps this process and Redis apart; empty for any other error."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    if error is None or isinstance(error, CUT_OFF):
        return ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return gettext(
            "The certificate of Redis is not trusted: FACEVERIFY_REDIS_CA must name the file of the "
            "authority that signed it, and REDIS_URL the host that it is for."
        )
    return gettext(
        "Redis and this server cannot agree on TLS: look at FACEVERIFY_REDIS_CERTIFICATE and "
        "FACEVERIFY_REDIS_KEY, and whether the port of REDIS_URL speaks TLS."
    )


class Cache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]):
        super().__init__(server, params)
        # One more try, for a connection that a restarted server has closed.
        self._options = {
            **TIMEOUTS,
            "retry": Retry(NoBackoff(), 1),
            **params.get("OPTIONS", {}),
        }
        self._class = LosableClient
        self._url = urlsplit(server)

    def probe(self) -> None:
        """Raises RedisError or OSError where Redis does not answer."""
        try:
            self._cache.get_client().ping()
        except (RedisError, OSError) as error:
            if self._url.scheme == "rediss" and not distrust(error):
                self._listen()
            raise
        _Pause.until = 0.0

    def _listen(self) -> None:
        """Raises the SSLError that a server sent before it ended the connection: with TLS 1.3 it refuses a
        client's certificate after the handshake, and what the client has written by then may cost its word."""
        context = ssl.create_default_context(cafile=self._options.get("ssl_ca_certs"))
        if certificate := self._options.get("ssl_certfile"):
            context.load_cert_chain(certificate, self._options.get("ssl_keyfile"))
        with (
            suppress(*CUT_OFF, ConnectionError, TimeoutError),
            socket.create_connection(
                (self._url.hostname, self._url.port or 6379), timeout=2
            ) as plain,
            context.wrap_socket(plain, server_hostname=self._url.hostname) as connection,
        ):
            connection.recv(1)
