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


@dataclass(frozen=True)
class RateState:
    """What is left of one limit, after the present request."""

    name: str
    quota: int
    window: int
    remaining: int
    reset: int


class ReportedThrottle(SimpleRateThrottle):
    """A limit that the answer's header fields report."""

    scope: str
    history: list[float]
    num_requests: int
    duration: int

    def allow_request(self, request, view) -> bool:
        allowed = super().allow_request(request, view)
        if getattr(self, "key", None):
            rate_states(request).append(self._state())
        return allowed

    def state(self, request, view) -> RateState:
        """What is left now, without counting this request."""
        self.key, self.now = self.get_cache_key(request, view), self.timer()
        history = self.cache.get(self.key, [])
        self.history = [at for at in history if at > self.now - self.duration]
        return self._state()

    def _state(self) -> RateState:
        window = self.duration
        oldest = self.history[-1] if self.history else self.now
        return RateState(
            name=self.scope,
            quota=self.num_requests,
            window=window,
            remaining=max(0, self.num_requests - len(self.history)),
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
