"""What owners can do with any job."""

from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from faceverify.api.errors import NotAllowedNow

from .models import PENDING, Job
from .queue import enqueue

NAME_LENGTH = 255
MAX_FACE_INDEX = 1000


Row = TypeVar("Row", bound=Job)


class ActionNotAllowed(NotAllowedNow):
    """The row is not in a state in which this can be done."""


def run_again(job: Row, state: str, **changes: Any) -> Row:
    """Set the row back to pending if it still is in `state`. Raises ActionNotAllowed."""
    with transaction.atomic():
        unchanged = type(job)._default_manager.filter(pk=job.pk, state=state)
        if not unchanged.update(**as_new() | changes):
            raise ActionNotAllowed(
                gettext("The state has changed in the meantime. Reload the page.")
            )
        job.refresh_from_db()
        enqueue(job)
    return job


def as_new() -> dict[str, Any]:
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
        "due_at": None,
        "has_strays": True,
    }


def last_part(name: str) -> str:
    """The file's own name, without folders and control characters, to show and to search."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-NAME_LENGTH:]
