"""`?wait=`: hold the answer until there is a verdict."""

import threading
import time

from django.conf import settings

from ..comparisons.models import Verification
from ..jobs.selectors import worker_is_alive
from ..jobs.wakeup import FINISHED, Listener

MAX_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25
UNFINISHED = (Verification.State.PENDING, Verification.State.RUNNING)

# A waiting request holds one of the web process's threads: some must stay free for the others.
_places = threading.BoundedSemaphore(settings.FACEVERIFY_WAITERS)


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
