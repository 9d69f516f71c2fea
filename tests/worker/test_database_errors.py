"""An error of the database that passes by itself costs a task time, never its row."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from tests.support.rows import verification
from tests.support.servers import site
from verification import engine
from verification.jobs import claims, recovery, signals
from verification.models import Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db
LOCKED = OperationalError("database is locked")


def now_of(row) -> Verification:
    return Verification.objects.get(pk=row.pk)


def failing_once(monkeypatch, owner, name: str):
    """The function fails the first time it is called, and works as ever after that."""
    works, calls = getattr(owner, name), []

    def flaky(*arguments, **options):
        calls.append(name)
        if len(calls) == 1:
            raise LOCKED
        return works(*arguments, **options)

    monkeypatch.setattr(owner, name, flaky)
    return calls


def refuse(*_args, **_kwargs):
    raise engine.ImageRefused("no_face_found", "There is no face.", "Use another photo.")


def break_down(*_args, **_kwargs):
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("compare", "end"),
    [(refuse, "refused"), (break_down, "failed")],
    ids=["a refusal", "a failure"],
)
def test_an_error_while_the_end_is_written_releases_the_row(user, monkeypatch, compare, end):
    monkeypatch.setattr(engine, "compare", compare)
    failing_once(monkeypatch, claims.Claim, "end")
    row = verification(user)

    tasks.run(str(row.pk))
    assert (now_of(row).state, now_of(row).failure_code) == ("pending", "")

    Verification.objects.filter(pk=row.pk).update(due_at=None)
    try:
        tasks.run(str(row.pk))
    except ZeroDivisionError:
        assert compare is break_down
    assert (now_of(row).state, now_of(row).attempts) == (end, 2)


def test_a_row_that_cannot_even_be_released_is_left_to_its_lease(user, monkeypatch):
    def locked(*_args, **_kwargs):
        raise LOCKED

    monkeypatch.setattr(engine, "compare", locked)
    monkeypatch.setattr(claims, "release", locked)
    row = verification(user)

    tasks.run(str(row.pk))
    assert now_of(row).state == "running"

    over = timezone.now() - timedelta(seconds=1)
    Verification.objects.filter(pk=row.pk).update(lease_expires_at=over)
    recovery.release_expired()
    assert now_of(row).state == "pending"


def test_a_claim_that_fails_is_tried_again(user, monkeypatch):
    monkeypatch.setattr(engine, "compare", refuse)
    calls = failing_once(monkeypatch, claims, "claim")
    row = verification(user)

    tasks.run.apply([str(row.pk)])

    assert len(calls) == 2
    assert now_of(row).state == "refused"


@pytest.mark.parametrize(
    ("task", "part", "arguments"),
    [
        (tasks.check_person, "people_check", ["6f1c2cf0-7a55-4d3a-9d3f-6a2f5a4f7c11"]),
        (tasks.erase_expired, "changes_prune", []),
    ],
    ids=["check_person", "erase_expired"],
)
def test_a_task_without_a_row_runs_again(monkeypatch, task, part, arguments):
    calls = failing_once(monkeypatch, tasks, part)

    assert task.apply(arguments).successful()
    assert len(calls) == 2


def test_pruning_runs_again_and_one_part_does_not_keep_the_others_from_it(monkeypatch):
    calls = []

    def first(**_kwargs):
        calls.append("first")
        if len(calls) == 1:
            raise LOCKED

    def second(**_kwargs):
        calls.append("second")
        return {"things": 1}

    monkeypatch.setattr(signals.prune, "receivers", [])
    for receiver in (first, second):
        signals.prune.connect(receiver)

    assert tasks.prune.apply().successful()
    assert calls == ["first", "second", "first", "second"]


# A real worker's task in a real database: somebody else has the row that the result is written to,
# or the server ends the connection in the middle of the run.
RUN = """
from django.db import connection, transaction
from threading import Event, Thread
from uuid import uuid4
from accounts.models import User
from tests.support.rows import verification
from tests.support.servers import PATIENCE
from verification import engine
from verification.models import Verification
from verification.worker.tasks import run
owner = User.objects.create_user(f"{uuid4().hex}@example.org", "correct horse 9")
row = verification(owner)
def state():
    return Verification.objects.values_list("state", "attempts").get(pk=row.pk)
def refused(*args, **options):
    raise engine.ImageRefused("no_face_found", "There is no face.", "Use another photo.")
locked, done = Event(), Event()
def hold():
    with transaction.atomic():
        Verification.objects.filter(pk=row.pk).update(title="held")
        locked.set()
        done.wait(PATIENCE)
    connection.close()
holding = Thread(target=hold)
"""

TWICE = """
run(str(row.pk))
assert state() == ("pending", 1), state()
Verification.objects.filter(pk=row.pk).update(due_at=None)
engine.compare = refused
run(str(row.pk))
assert state() == ("refused", 2), state()
"""

LOCKED_OUT = (
    """
def held(*args, **options):
    holding.start()
    locked.wait(PATIENCE)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
    else:
        connection.connection.patience = 0.1
    refused()
engine.compare = held
from verification.jobs import claims
release = claims.release
def after_the_other(*args, **options):
    done.set()
    holding.join()
    release(*args, **options)
claims.release = after_the_other
"""
    + TWICE
)

CONNECTION_LOST = """
def cut_off(*args, **options):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    def end_it():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        connection.close()
    ending = Thread(target=end_it)
    ending.start()
    ending.join()
    refused()
engine.compare = cut_off
""" + TWICE.replace('"pending", 1', '"pending", 0').replace('"refused", 2', '"refused", 1')


@pytest.mark.postgres
@pytest.mark.parametrize(
    "what",
    [
        pytest.param(LOCKED_OUT, id="a lock is waited for in vain"),
        pytest.param(CONNECTION_LOST, id="the connection is lost"),
    ],
)
def test_on_postgresql_the_row_is_pending_again_and_ends_the_next_time(postgres_site, what):
    if postgres_site.worker is not None:
        postgres_site.kill_worker()

    postgres_site.run("manage.py", "shell", "--no-imports", "-c", RUN + what)


@pytest.mark.server
def test_on_sqlite_a_locked_database_leaves_the_row_pending(tmp_path):
    with site(tmp_path) as place:
        place.run("manage.py", "shell", "--no-imports", "-c", RUN + LOCKED_OUT)
