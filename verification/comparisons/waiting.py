"""Hold an answer until there is a verdict: `?wait=` of the API, `Prefer: wait=` of the pages."""

import re
import threading

from django.conf import settings
from django.http import HttpRequest

from ..jobs.selectors import worker_is_alive
from ..jobs.waiting import wait_until_finished
from .models import Verification

MAX_SECONDS = 10
PAGE_SECONDS = 2.0  # a page is shown sooner than a program is answered
PREFERRED = re.compile(r"wait=(\d+)")

# A waiting request holds one of the web process's threads: some must stay free for the others.
_places = threading.BoundedSemaphore(settings.FACEVERIFY_WAITERS)


def seconds_preferred(request: HttpRequest) -> float:
    """How long a script of a page would have its answer held back (RFC 7240), at most PAGE_SECONDS."""
    preferred = PREFERRED.search(request.headers.get("Prefer", ""))
    return min(float(preferred[1]), PAGE_SECONDS) if preferred else 0.0


def wait_for_verdict(verification: Verification, seconds: float) -> Verification:
    """The verification, as soon as it is finished or `seconds` have passed.

    Does not wait at all without a worker, or while as many requests wait as may.
    """
    if seconds <= 0 or verification.is_finished:
        return verification
    if not worker_is_alive() or not _places.acquire(blocking=False):
        return verification
    try:
        found = wait_until_finished(Verification, verification.pk, seconds) or verification
    finally:
        _places.release()
    # A verdict that has just been given is not reviewed yet: nobody has to ask.
    Verification._meta.get_field("review").set_cached_value(found, None)
    return found
