"""Hand a row to the workers, once it is committed."""

import logging
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from .models import Job

logger = logging.getLogger(__name__)

PRUNE = "verification.prune_files"
ERASE = "verification.erase_expired"
CHECK_PERSON = "verification.check_person"


def enqueue(job: Job) -> None:
    """Queue the row when the transaction commits."""
    task, pk = job.TASK, job.pk
    transaction.on_commit(lambda: send(task, pk))


def send(task: str, pk: UUID | str, countdown: float = 0) -> bool:
    """Queue a row by its task and primary key, to be taken in `countdown` seconds.

    False when the queue is out of reach. That costs time, not the work: the row stays pending, and
    the workers' sweep queues it again.
    """
    return _send(task, args=[str(pk)], countdown=countdown or None)


def send_prune() -> bool:
    """Queue the removal of what is kept for a limited time, and of files without a row."""
    return _send(PRUNE)


def send_erase() -> bool:
    """Queue the erasing of what was deleted and cannot be restored any more."""
    return _send(ERASE)


def _send(task: str, **options: Any) -> bool:
    try:
        current_app.send_task(task, **options)
    except (OperationalError, OSError) as error:
        logger.warning("queue_unreachable task=%s error=%s", task, error)
        return False
    return True
