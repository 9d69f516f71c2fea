"""Hand a row to the workers, once it is committed."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(job) -> None:
    """Queue the row when the transaction commits."""
    task, pk = job.TASK, job.pk
    transaction.on_commit(lambda: send(task, pk))


def send(task: str, pk, countdown: float = 0) -> bool:
    """Queue a row by its task and primary key. A queue out of reach costs time, not the work: the
    row stays pending, and the workers' sweep queues it again."""
    try:
        current_app.send_task(task, args=[str(pk)], countdown=countdown or None)
    except (OperationalError, OSError) as error:
        logger.warning("queue_unreachable task=%s row=%s error=%s", task, pk, error)
        return False
    return True
