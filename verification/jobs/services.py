"""What owners do with any job."""

from django.db import transaction
from django.utils import timezone

from faceverify.api.errors import NotAllowedNow

from .models import PENDING, Job
from .queue import enqueue

NAME_LENGTH = 255
MAX_FACE_INDEX = 1000


class ActionNotAllowed(NotAllowedNow):
    """The row is not in a state in which this can be done."""


def run_again(job: Job, state: str, **changes) -> Job:
    """Back to pending, only if the row still is in `state`. Raises ActionNotAllowed."""
    with transaction.atomic():
        moved = type(job).objects.filter(pk=job.pk, state=state).update(**as_new(), **changes)
        if not moved:
            raise ActionNotAllowed("This has moved on in the meantime: look at it again.")
        job.refresh_from_db()
        enqueue(job)
    return job


def as_new() -> dict:
    """The columns of a row that has not run yet."""
    return {
        "state": PENDING,
        "attempts": 0,
        "started_at": None,
        "finished_at": None,
        "refusal_code": "",
        "refusal_detail": "",
        "refusal_remedy": "",
        "refusal_which": "",
        "refusal_faces": [],
        "failure_code": "",
        "enqueued_at": timezone.now(),
    }


def last_part(name: str) -> str:
    """The last part of what the client called its file, printable, to show and to search."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-NAME_LENGTH:]
