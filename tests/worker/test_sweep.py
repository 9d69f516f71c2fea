"""A worker's sweep: what each one does, and what one does for all of them."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from celery import current_app

from tests.support.rows import verification
from verification.jobs import queue, recovery
from verification.jobs.models import job_models
from verification.models import Worker
from verification.worker import celery_hooks, sweep, tasks

pytestmark = pytest.mark.django_db

DAY = 24 * 3600
OLDER, YOUNGER = UUID(int=1), UUID(int=2)
MODEL = SimpleNamespace(name="m", version="1", sha256="a" * 64)


@pytest.fixture
def clock(monkeypatch):
    """The monotonic clock of the sweep, in seconds."""
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(sweep.time, "monotonic", lambda: now.seconds)
    return now


@pytest.fixture
def queued(monkeypatch):
    """The names of the tasks that were queued, without a queue."""
    names: list[str] = []

    def send(task: str, **_options: object) -> bool:
        names.append(task)
        return True

    monkeypatch.setattr(queue, "_send", send)
    for module in (queue, recovery):
        monkeypatch.setattr(module, "depth", lambda _queue: 0)
    return names


@pytest.fixture
def worker(monkeypatch, clock, queued):
    """Gives a function that lets the worker of an id sweep once."""
    monkeypatch.setattr(sweep, "served_model", lambda: MODEL)
    monkeypatch.setattr(sweep.connections, "close_all", lambda: None)
    timer = SimpleNamespace(call_repeatedly=lambda *_: None)
    sweeps: dict[UUID, sweep.Sweep] = {}

    def sweep_once(id: UUID) -> None:
        monkeypatch.setenv(celery_hooks.INSTANCE, str(id))
        if id in sweeps:
            sweeps[id].sweep()
            return
        sweeps[id] = sweep.Sweep(SimpleNamespace())
        sweeps[id].start(SimpleNamespace(hostname=f"{id}@host", timer=timer, pool=None))

    return sweep_once


def test_a_worker_that_stays_up_prunes_once_a_day_and_erases_twice_a_minute(worker, clock, queued):
    worker(OLDER)
    assert sorted(queued) == [queue.ERASE, queue.PRUNE]

    clock.seconds += 31
    worker(OLDER)
    clock.seconds += 5
    worker(OLDER)
    assert queued[2:] == [queue.ERASE]

    clock.seconds += DAY
    worker(OLDER)
    assert sorted(queued[3:]) == [queue.ERASE, queue.PRUNE]


def test_of_two_workers_the_older_one_does_it_for_both(worker, clock, queued):
    worker(OLDER)
    worker(YOUNGER)
    assert sorted(queued) == [queue.ERASE, queue.PRUNE]

    Worker.objects.filter(pk=OLDER).delete()
    worker(YOUNGER)
    assert sorted(queued[2:]) == [queue.ERASE, queue.PRUNE]


def test_what_the_queue_did_not_take_is_queued_by_the_next_sweep(worker, monkeypatch, queued):
    with monkeypatch.context() as patch:
        patch.setattr(queue, "_send", lambda _task, **_options: False)
        worker(OLDER)

    worker(OLDER)

    assert sorted(queued) == [queue.ERASE, queue.PRUNE]


def test_rows_are_looked_after_although_something_else_fails(worker, user, monkeypatch, queued):
    from django.db import OperationalError

    def broken(_sha256):
        raise OperationalError("too many SQL variables")

    monkeypatch.setattr("verification.gallery.worker.embed_others_again", broken)
    row = verification(user)
    queued.clear()

    worker(OLDER)

    assert queued == [row.TASK]
    assert Worker.objects.filter(pk=OLDER).exists()


def test_every_model_of_jobs_has_a_task_that_carries_its_rows_out():
    assert tasks.run.name == "verification.run"
    assert {model.TASK for model in job_models()} <= set(current_app.tasks)
    assert len({model.TASK for model in job_models()}) == len(job_models())
