"""`?wait=`: hold the answer until the verdict is there."""

import threading
import time

from django.conf import settings

from ..bells import FINISHED, Bell
from ..comparisons.models import Verification
from ..comparisons.selectors import worker_is_alive

MAX_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.25

# A waiting request holds one of the web process's threads: some must stay free for the others.
_places = threading.BoundedSemaphore(settings.FACEVERIFY_WAITERS)


def wait_for_verdict(verification: Verification, seconds: float) -> Verification:
    """The verification, as soon as it is finished or `seconds` have passed.

    Looks by primary key when a worker of this machine has finished something, and else at growing
    intervals: 50 short queries in 10 s. Does not wait at all without a worker, or while as many
    requests wait as may.
    """
    if seconds <= 0 or verification.is_finished:
        return verification
    if not worker_is_alive() or not _places.acquire(blocking=False):
        return verification
    try:
        with Bell(FINISHED) as bell:
            return _wait(bell, verification, time.monotonic() + seconds)
    finally:
        _places.release()


def _wait(bell: Bell, verification: Verification, deadline: float) -> Verification:
    rows = Verification.objects.filter(pk=verification.pk).order_by()
    state = rows.values_list("state", flat=True)
    pause, rung = FIRST_PAUSE, False
    while True:
        # A ring is most likely ours: then the whole row is worth its price.
        if rung or state.first() not in (Verification.State.PENDING, Verification.State.RUNNING):
            row = rows.select_related("review").first()
            if row is None or row.is_finished:
                return row or verification
        left = deadline - time.monotonic()
        if left <= 0:
            return rows.first() or verification
        rung = bell.wait(min(pause, left))
        pause = min(pause * 1.3, LONGEST_PAUSE)
