"""Hold an answer until there is a verdict: `?wait=` of the API, `Prefer: wait=` of the pages."""

import re
import threading
import time

from django.conf import settings
from django.http import HttpRequest

from ..jobs.selectors import worker_is_alive
from ..jobs.wakeup import FINISHED, Listener
from .models import Verification

MAX_SECONDS = 10
PAGE_SECONDS = 2.0  # a page is shown sooner than a program is answered
PREFERRED = re.compile(r"wait=(\d+)")
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
UNFINISHED = (Verification.State.PENDING, Verification.State.RUNNING)

# A waiting request holds one of the web process's threads: some must stay free for the others.
_places = threading.BoundedSemaphore(settings.FACEVERIFY_WAITERS)


def seconds_preferred(request: HttpRequest) -> float:
    """How long a script of a page would have its answer held back (RFC 7240), at most PAGE_SECONDS."""
    preferred = PREFERRED.search(request.headers.get("Prefer", ""))
    return min(float(preferred[1]), PAGE_SECONDS) if preferred else 0.0


def wait_for_verdict(verification: Verification, seconds: float) -> Verification:
    """The verification, as soon as it is finished or `seconds` have passed.

    Looks by primary key when a worker of this machine says that it has finished this one, and else
    at growing intervals: 50 short queries in 10 s. Does not wait at all without a worker, or while
    as many requests wait as may.
    """
    if seconds <= 0 or verification.is_finished:
        return verification
    if not worker_is_alive() or not _places.acquire(blocking=False):
        return verification
    try:
        with Listener(FINISHED) as listener:
            return _wait(listener, verification, time.monotonic() + seconds)
    finally:
        _places.release()


def _wait(listener: Listener, verification: Verification, deadline: float) -> Verification:
    rows = Verification.objects.filter(pk=verification.pk).order_by()
    state = rows.values_list("state", flat=True)
    pause, notified = FIRST_PAUSE, False
    while True:
        # Iterated, because first() would sort. After a notification the whole row is worth its price.
        if notified or next(iter(state.all()), None) not in UNFINISHED:
            row = next(iter(rows.select_related("review")), None)
            if row is None or row.is_finished:
                return row or verification
        now = time.monotonic()
        if now >= deadline:
            return next(iter(rows.all()), verification)
        notified = _notified_of(verification, listener, min(now + pause, deadline))
        pause = min(pause * 1.3, LONGEST_PAUSE)


def _notified_of(verification: Verification, listener: Listener, until: float) -> bool:
    """Wait until a notification says that this verification is finished; others are ignored."""
    while (left := until - time.monotonic()) > 0:
        if verification.pk.bytes in listener.wait(left):
            return True
    return False
