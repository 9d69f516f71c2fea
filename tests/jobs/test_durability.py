"""A worker may begin before the disk has caught up; who submitted is told afterwards."""

import os

import dj_database_url
import pytest
from django.conf import settings
from django.db import ConnectionHandler, connection, transaction

from faceverify.settings import SQLITE_OPTIONS
from tests.support.photos import photo
from tests.support.servers import postgres_server
from verification.comparisons import services
from verification.jobs import durability
from verification.models import Verification

FULL, NORMAL = 2, 1


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A SQLite file, as one is used in production, in the place of the tests' database."""
    file = str(tmp_path / "db.sqlite3")
    options = {"ENGINE": "django.db.backends.sqlite3", "NAME": file, "OPTIONS": SQLITE_OPTIONS}
    yield from in_its_place(options, monkeypatch)


@pytest.fixture
def postgres(monkeypatch):
    """A PostgreSQL database in the place of the tests' database."""
    with postgres_server() as url:
        yield from in_its_place(dj_database_url.parse(url), monkeypatch)


def in_its_place(options, monkeypatch):
    handler = ConnectionHandler({"default": options})
    monkeypatch.setattr(durability, "connections", handler)
    monkeypatch.setattr(transaction, "connections", handler)
    found = handler["default"]
    with found.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n INTEGER)")
    yield found
    found.close()


@pytest.fixture
def steps(monkeypatch):
    """What happens, in its order: "flushed FILE" for each file that is really waited for."""
    found, fsync = [], os.fsync

    def spy(descriptor):
        fsync(descriptor)
        found.append(f"flushed {os.path.basename(os.readlink(f'/proc/self/fd/{descriptor}'))}")

    monkeypatch.setattr(os, "fsync", spy)
    return found


def synchronous(database) -> int:
    with database.cursor() as cursor:
        return cursor.execute("PRAGMA synchronous").fetchone()[0]


def keep(database, steps) -> None:
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute("INSERT INTO kept VALUES (1)")
        transaction.on_commit(lambda: steps.append(f"hook {synchronous(database)}"))


@pytest.mark.django_db
def test_hooks_run_before_the_disk_is_waited_for_and_the_caller_goes_on_after(database, steps):
    with durability.hooks_before_flush():
        keep(database, steps)
    steps.append("told")

    assert steps == [f"hook {NORMAL}", "flushed db.sqlite3-wal", "told"]
    assert synchronous(database) == FULL


@pytest.mark.django_db
def test_after_an_error_commits_wait_for_the_disk_again(database, steps):
    with pytest.raises(ZeroDivisionError), durability.hooks_before_flush():
        keep(database, steps)
        1 / 0  # noqa: B018

    assert synchronous(database) == FULL


@pytest.mark.django_db
def test_within_a_transaction_the_outer_commit_waits_as_ever(database, steps):
    with transaction.atomic():
        with durability.hooks_before_flush():
            keep(database, steps)
        assert steps == []

    assert steps == [f"hook {FULL}"]
    assert synchronous(database) == FULL


def value(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_on_postgresql_too_hooks_run_before_the_disk_is_waited_for(postgres):
    seen = []
    with durability.hooks_before_flush(), transaction.atomic():
        value(postgres, "INSERT INTO kept VALUES (1) RETURNING n")
        transaction.on_commit(lambda: seen.append(value(postgres, "SHOW synchronous_commit")))
        transaction.on_commit(
            lambda: seen.append(value(postgres, "SELECT pg_current_wal_insert_lsn()"))
        )

    assert seen[0] == "off"
    assert value(postgres, f"SELECT pg_current_wal_flush_lsn() >= '{seen[1]}'::pg_lsn")
    assert value(postgres, "SHOW synchronous_commit") == "on"


@pytest.mark.django_db
def test_a_worker_waits_for_the_disk_where_it_is_asked_to(postgres):
    durability.relax(postgres)
    value(postgres, "INSERT INTO kept VALUES (1) RETURNING n")
    written = value(postgres, "SELECT pg_current_wal_insert_lsn()")

    durability.flush()

    assert value(postgres, f"SELECT pg_current_wal_flush_lsn() >= '{written}'::pg_lsn")
    assert value(postgres, "SHOW synchronous_commit") == "off"


@pytest.mark.django_db(transaction=True)
def test_a_submission_is_queued_and_then_on_disk_before_it_is_acknowledged(
    user, monkeypatch, steps
):
    if connection.vendor != "sqlite":
        pytest.skip("this asks SQLite")
    monkeypatch.setattr(services, "enqueue", lambda job: transaction.on_commit(queued))
    monkeypatch.setattr(durability, "_flush", lambda database: steps.append(f"flushed {database}"))

    def queued():
        assert Verification.objects.filter(state="pending").exists()
        steps.append("queued")

    services.verification_submit(owner=user, probe=photo(1), reference=photo(2))

    assert steps == ["queued", f"flushed {settings.DATABASES['default']['NAME']}"]
