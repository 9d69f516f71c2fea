"""Rate limits, and the header fields that report them.

The fields are those of the IETF draft "RateLimit header fields for HTTP": `RateLimit-Policy` is
what is allowed (q requests in w seconds) and `RateLimit` what is left of it (r requests, and t
seconds until all of them are available again), one item for each limit that applies.
"""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle

SPANS = 60  # in a window


@dataclass(frozen=True)
class RateState:
    """What is left of one limit, after the present request."""

    name: str
    quota: int
    window: int
    remaining: int
    reset: int


class ReportedThrottle(SimpleRateThrottle):
    """A limit that the answer's header fields report.

    Requests are counted by spans of a sixtieth of the window, so that what is kept of a busy program is no
    more than of a calm one: (time of the last request, number of requests) of each span, the oldest first.
    A span counts until its last request has left the window: the limit is never exceeded.
    """

    scope: str
    cache_format = "throttled_%(scope)s_%(ident)s"
    history: list[tuple[float, int]]
    num_requests: int
    duration: int

    def allow_request(self, request, view) -> bool:
        self.key = self.get_cache_key(request, view)
        if self.key is None:
            return True
        self._read()
        allowed = self._counted < self.num_requests
        if allowed:
            self._count()
            self.cache.set(self.key, self.history, self.duration)
        rate_states(request).append(self._state())
        return allowed

    def state(self, request, view) -> RateState:
        """What is left now, without counting this request."""
        self.key = self.get_cache_key(request, view)
        self._read()
        return self._state()

    def wait(self) -> float:
        """Seconds until a request that was refused may be sent again."""
        oldest = self.history[0][0] if self.history else self.now
        return oldest + self.duration - self.now

    def _read(self) -> None:
        self.now = self.timer()
        since = self.now - self.duration
        self.history = [span for span in self.cache.get(self.key, []) if span[0] > since]

    def _count(self) -> None:
        span, before = self.duration / SPANS, 0
        if self.history and self.history[-1][0] // span == self.now // span:
            before = self.history.pop()[1]
        self.history.append((self.now, before + 1))

    @property
    def _counted(self) -> int:
        return sum(number for _at, number in self.history)

    def _state(self) -> RateState:
        window, oldest = self.duration, self.history[0][0] if self.history else 0
        return RateState(
            name=self.scope,
            quota=self.num_requests,
            window=window,
            remaining=max(0, self.num_requests - self._counted),
            reset=max(0, int(oldest + window - self.now) + 1) if self.history else 0,
        )


class ThrottleCache(dict):
    """Stands in for the cache while one request is counted: what was read, and what is to be written."""

    def __init__(self, cache, keys):
        super().__init__(cache.get_many(keys))
        self.cache = cache
        self.changed: dict[int, dict] = defaultdict(dict)

    def set(self, key, history, timeout) -> None:
        self.changed[timeout][key] = history

    def write(self) -> None:
        for timeout, histories in self.changed.items():
            self.cache.set_many(histories, timeout)


@contextmanager
def counted_together(throttles, request, view):
    """A block in which the throttles share one read of the cache, and one write at the end."""
    keys = [throttle.get_cache_key(request, view) for throttle in throttles]
    shared = ThrottleCache(cache, [key for key in keys if key])
    for throttle in throttles:
        throttle.cache = shared
    yield
    shared.write()


class UserRate(ReportedThrottle):
    """All requests of a person and their programs; without sign-in, of an address."""

    scope = "user"

    def get_cache_key(self, request, view) -> str:
        user = request.user
        ident = user.pk if user and user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}


class KeyRate(ReportedThrottle):
    """The requests of one API key."""

    scope = "key"

    def get_cache_key(self, request, view) -> str | None:
        if request.auth is None:
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class SubmitRate(UserRate):
    """Requests with photos, each of which costs a worker's time."""

    scope = "submit"


def rate_states(request) -> list[RateState]:
    """The limits that applied to a request."""
    plain = request._request
    if not hasattr(plain, "rates"):
        plain.rates = []
    return plain.rates


def headers(request) -> list[tuple[str, str]]:
    rates = rate_states(request)
    if not rates:
        return []
    return [
        ("RateLimit-Policy", ", ".join(f'"{r.name}";q={r.quota};w={r.window}' for r in rates)),
        ("RateLimit", ", ".join(f'"{r.name}";r={r.remaining};t={r.reset}' for r in rates)),
    ]
