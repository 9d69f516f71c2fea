"""Hand a row to the workers, once it is committed."""

import logging
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any
from uuid import UUID, uuid4

from celery import current_app, signals
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from .models import Job, job_models
from .queues import BULK, FIRST, INTERACTIVE, LATER

logger = logging.getLogger(__name__)

PRUNE = "verification.prune_files"
PRUNE_RUNS = "verification.prune_lost_runs"
ERASE = "verification.erase_expired"
RETENTION = "verification.retention"
CHECK_PERSON = "verification.check_person"
CHECK_PEOPLE = "verification.check_people"
FEW = 20
OTHERS = {
    PRUNE: BULK,
    PRUNE_RUNS: BULK,
    ERASE: BULK,
    RETENTION: BULK,
    CHECK_PERSON: BULK,
    CHECK_PEOPLE: BULK,
}  # tasks without a row


def route(name: str, args: Any = (), *_message: Any, **_options: Any) -> dict[str, str]:
    """The queue of a task, as Celery asks for it."""
    model = _models_by_task().get(name)
    if model is None:
        return {"queue": OTHERS.get(name, INTERACTIVE)}
    return {"queue": model.queue_of(args[0]) if args else model.QUEUE}


@cache
def _models_by_task() -> dict[str, type[Job]]:
    return {model.TASK: model for model in job_models()}


def enqueue(job: Job, *, later: bool = False) -> None:
    """Queue the row when the transaction commits."""
    task, pk = job.TASK, job.pk
    transaction.on_commit(lambda: send(task, pk, later=later))


def send(task: str, pk: UUID | str, countdown: float = 0, *, later: bool = False) -> bool:
    """Queue a row by its task and primary key, to be taken in `countdown` seconds; `later` than what is
    queued for comparisons.

    False when the queue is out of reach. That costs time, not the work: the row stays pending, and
    the workers' sweep queues it again.
    """
    return _send(task, args=[str(pk)], countdown=countdown or None, later=later)


def send_people(ids: Sequence[UUID]) -> bool:
    """Queue a look at what is wrong with these people, of one gallery."""
    return _send(CHECK_PEOPLE, args=[[str(pk) for pk in ids]])


def send_prune() -> bool:
    """Queue the removal of what is kept for a limited time, and of files without a row."""
    return _send(PRUNE)


def send_prune_runs() -> bool:
    """Queue a turn of the removal of files that lost runs have left."""
    return _send(PRUNE_RUNS)


def send_erase() -> bool:
    """Queue the erasing of what was deleted and cannot be restored any more."""
    return _send(ERASE)


def depth(queue: str) -> int | None:
    """How many messages wait in a queue, without those that workers hold; None when the broker is
    out of reach."""
    try:
        with current_app.producer_or_acquire() as producer:
            return int(producer.channel.queue_declare(queue).message_count)
    except (KombuError, OSError) as error:
        logger.warning("queue_unreachable error=%s", error)
        return None


def has_room(queue: str) -> bool:
    """Whether so few messages wait that one more than there are rows does no harm."""
    waiting = depth(queue)
    return waiting is not None and waiting < FEW


def send_retention() -> bool:
    """Queue the next turn of the night's run of the rules of retention."""
    return _send(RETENTION)


def _send(
    task: str,
    args: list[Any] | None = None,
    countdown: float | None = None,
    *,
    later: bool = False,
) -> bool:
    try:
        queue = route(task, args or [])["queue"]
        # A worker may serve all queues: Redis gives it what comes first of all of them.
        priority = LATER if later or queue == BULK else FIRST
        if countdown or current_app.current_worker_task:
            current_app.send_task(task, args=args, countdown=countdown, priority=priority)
        else:
            publish(task, args or [], queue, priority)
    except (OperationalError, OSError) as error:
        logger.warning("queue_unreachable task=%s error=%s", task, error)
        return False
    return True


def publish(task: str, args: list[Any], queue: str, priority: int) -> None:
    """As `Celery.send_task`, which takes several times as long for making the same message: most of it
    is the same for each row. Raises as it does."""
    app: Any = current_app
    id = str(uuid4())
    known = _message_of(task)
    headers = {**known.headers, "id": id, "root_id": id, "argsrepr": repr(args)}
    properties = {"correlation_id": id, "reply_to": app.thread_oid, "priority": priority}
    body = (args, *known.body[1:])
    sent = {"sender": task, "body": body, "exchange": "", "routing_key": queue, "headers": headers}
    with app.producer_or_acquire() as producer, producer.connection._reraise_as_library_errors():
        signals.before_task_publish.send(properties=properties, **sent)
        producer.publish(
            body, exchange="", routing_key=queue, serializer="json", headers=headers, **properties
        )
        signals.after_task_publish.send(**sent)


@lru_cache(maxsize=32)
def _message_of(task: str) -> Any:
    """The message of a task without arguments and without an id. Limits of time, and that no result is
    kept, a worker reads from the task itself."""
    return current_app.amqp.create_task_message("", task, ignore_result=None)
