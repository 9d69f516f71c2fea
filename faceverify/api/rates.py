"""Rate limits, and the header fields that tell of them.

The fields are those of the IETF draft "RateLimit header fields for HTTP": `RateLimit-Policy` says
what is allowed (q requests in w seconds) and `RateLimit` what is left of it (r requests, and t
seconds until that many are free again), one item for each limit that applies.
"""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle


@dataclass(frozen=True)
class Left:
    """What is left of one limit, after the present request."""

    name: str
    quota: int
    window: int
    remaining: int
    reset: int


class ToldRate(SimpleRateThrottle):
    """A limit that the answer's header fields tell of."""

    def allow_request(self, request, view) -> bool:
        allowed = super().allow_request(request, view)
        if getattr(self, "key", None):
            rates_of(request).append(self._left())
        return allowed

    def left(self, request, view) -> Left:
        """What is left now, without counting this request."""
        self.key, self.now = self.get_cache_key(request, view), self.timer()
        found = self.cache.get(self.key, [])
        self.history = [at for at in found if at > self.now - self.duration]
        return self._left()

    def _left(self) -> Left:
        window = int(self.duration)
        oldest = self.history[-1] if self.history else self.now
        return Left(
            name=self.scope,
            quota=self.num_requests,
            window=window,
            remaining=max(0, self.num_requests - len(self.history)),
            reset=max(0, int(oldest + window - self.now) + 1) if self.history else 0,
        )


class Histories(dict):
    """Stands for the cache while one request is counted: what was read, and what is to be written."""

    def __init__(self, cache, keys):
        super().__init__(cache.get_many(keys))
        self.cache, self.counted = cache, defaultdict(dict)

    def set(self, key, history, timeout) -> None:
        self.counted[timeout][key] = history

    def write(self) -> None:
        for timeout, histories in self.counted.items():
            self.cache.set_many(histories, timeout)


@contextmanager
def counted_together(throttles, request, view):
    """In here the throttles' looks at the cache are one read, and one write at the end."""
    keys = [throttle.get_cache_key(request, view) for throttle in throttles]
    histories = Histories(cache, [key for key in keys if key])
    for throttle in throttles:
        throttle.cache = histories
    yield
    histories.write()


class UserRate(ToldRate):
    """All requests of a person and their programs; without sign-in, of an address."""

    scope = "user"

    def get_cache_key(self, request, view) -> str:
        user = request.user
        ident = user.pk if user and user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class KeyRate(ToldRate):
    """The requests of one API key."""

    scope = "key"

    def get_cache_key(self, request, view) -> str | None:
        if request.auth is None:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class SubmitRate(UserRate):
    """Photos handed in, each of which costs a worker's time."""

    scope = "submit"


def rates_of(request) -> list[Left]:
    """The limits that applied to a request."""
    plain = request._request
    if not hasattr(plain, "rates"):
        plain.rates = []
    return plain.rates


def headers(request) -> list[tuple[str, str]]:
    rates = rates_of(request)
    if not rates:
        return []
    return [
        ("RateLimit-Policy", ", ".join(f'"{r.name}";q={r.quota};w={r.window}' for r in rates)),
        ("RateLimit", ", ".join(f'"{r.name}";r={r.remaining};t={r.reset}' for r in rates)),
    ]
