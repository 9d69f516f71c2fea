"""Reads about the work itself."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from .clock import later, now
from .models import PENDING, RUNNING, Job, Worker, is_due, job_models
from .queues import INTERACTIVE, QUEUES
from .statements import Statement


@dataclass(frozen=True)
class QueueState:
    """What waits in one queue and who works on it."""

    name: str
    waiting: int  # rows that could be carried out now
    running: int
    oldest_seconds: (
        float  # for how long the first of those that wait has been waiting; 0: none waits
    )
    workers: int  # alive, that serve this queue


def queue_states() -> list[QueueState]:
    """Each queue, by the database alone: it also answers while the broker is out of reach."""
    waiting: Counter[str] = Counter()
    running: Counter[str] = Counter()
    oldest: dict[str, datetime] = {}
    for model, queue, rows in _rows_by_queue():
        counted = _counted(model, rows)
        waiting[queue] += counted["waiting"]
        running[queue] += counted["running"]
        if since := counted["since"]:
            oldest[queue] = min(since, oldest.get(queue, since))
    workers = Counter(queue for queues in _served() for queue in queues)
    time = now()
    return [
        QueueState(
            name=name,
            waiting=waiting[name],
            running=running[name],
            oldest_seconds=max(0.0, (time - oldest[name]).total_seconds())
            if name in oldest
            else 0.0,
            workers=workers[name],
        )
        for name in QUEUES
    ]


def waiting_rows(queue: str) -> Iterator[QuerySet[Job]]:
    """The rows of a queue that could be carried out now, a query set for each model."""
    for model, name, rows in _rows_by_queue():
        if name == queue:
            yield unfinished(model).filter(is_due(), rows, state=PENDING)


def unfinished(model: type[Job]) -> QuerySet[Job]:
    """The rows that have not ended. A partial index of them is found by this condition on every database:
    SQLite does not see that a state given by a parameter is in it."""
    return model._default_manager.filter(finished_at=None)


def _rows_by_queue() -> Iterator[tuple[type[Job], str, Q]]:
    for model in job_models():
        for queue, rows in model.queues().items():
            yield model, queue, rows


def workers_alive() -> QuerySet[Worker]:
    """The workers that were seen lately."""
    return Worker.objects.filter(seen_at__gte=later(-settings.FACEVERIFY_WORKER_LOST_SECONDS))


def worker_is_alive(queue: str = INTERACTIVE) -> bool:
    """Whether any worker serves this queue; if not, a page says that it waits for one."""
    return any(queue in queues for queues in _served())


def _served() -> list[list[str]]:
    """The queues of each worker that is alive; one of an earlier version names none and serves all."""
    alive = _alive(settings.FACEVERIFY_WORKER_LOST_SECONDS).run()
    return [worker.queues or list(QUEUES) for worker in alive]


@lru_cache(maxsize=4)
def _alive(_seconds: float) -> Statement[Worker]:
    return Statement(lambda: (workers_alive().order_by(), None))


def _counted(model: type[Job], rows: Q) -> dict[str, Any]:
    # A row that was to be tried later has been waiting only since then.
    since = Greatest("enqueued_at", Coalesce("due_at", "enqueued_at"))
    could_run = Q(is_due(), state=PENDING)
    return (
        unfinished(model)
        .filter(rows, state__in=(PENDING, RUNNING))
        .aggregate(
            waiting=Count("pk", filter=could_run),
            running=Count("pk", filter=Q(state=RUNNING)),
            since=Min(since, filter=could_run),
        )
    )
