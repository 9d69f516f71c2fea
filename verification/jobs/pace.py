"""When whoever asks for a job's end should ask again, so that those who wait do not hold up the work."""

import math
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError
from django.db.models import Min
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from .clock import now
from .queues import INTERACTIVE
from .selectors import waiting_rows

LONGEST = 30  # seconds: after an outage everybody is soon back
_KEY, _CACHED = "jobs.wait", 1  # second: of all requests in it, the first one looks


def seconds_to_wait(since: datetime) -> int | None:
    """After how many seconds to ask again for a job that has been waiting since then; None while the queue is
    short, when it may end at any moment.

    The first in the queue has waited for as long as a new one will have to. Whoever has waited longer
    than that is asked to come back after a fifth of it.
    """
    wait = cache.get_or_set(_KEY, _longest_wait, _CACHED)
    if wait is None or wait < 1:
        return None
    left = max(wait - (timezone.now() - since).total_seconds(), wait / 5)
    return min(math.ceil(left), LONGEST)


def _longest_wait() -> float:
    """For how many seconds the first of those that somebody waits for has been waiting; 0 where the database
    does not say it: a hint never spoils the answer that it goes with. Photos, which may come in numbers and
    then wait until no comparison does, say nothing about the others."""
    since: Any = Min(Greatest("enqueued_at", Coalesce("due_at", "enqueued_at")))
    try:
        waiting = [rows for rows in waiting_rows(INTERACTIVE) if rows.model.TOGETHER == 1]
        found = [rows.aggregate(since=since)["since"] for rows in waiting]
        return max(((now() - each).total_seconds() for each in found if each), default=0.0)
    except DatabaseError:
        return 0.0
