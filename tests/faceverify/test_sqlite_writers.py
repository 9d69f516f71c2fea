"""SQLite lets one write at a time: the others wait, and none of them for much longer than the rest."""

import sqlite3
from contextlib import closing
from threading import Event, Thread

import pytest
from django.conf import settings
from django.db import OperationalError

from faceverify.settings.database import SQLITE_OPTIONS
from faceverify.sqlite3.base import DatabaseWrapper

pytestmark = pytest.mark.django_db  # these connections, too, ask whether they may be used


@pytest.fixture
def writer(tmp_path):
    """A connection to a database in a file, as a process of the site has it."""
    wrapper = DatabaseWrapper(
        {
            **settings.DATABASES["default"],
            "NAME": str(tmp_path / "db.sqlite3"),
            "OPTIONS": SQLITE_OPTIONS,
        }
    )
    with wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE visit (number INTEGER)")
    yield wrapper
    wrapper.close()


@pytest.fixture
def other(writer):
    """Somebody else who writes to it."""
    name = writer.settings_dict["NAME"]
    with closing(sqlite3.connect(name, isolation_level=None, check_same_thread=False)) as other:
        yield other


def numbers(other) -> list[int]:
    return [number for (number,) in other.execute("SELECT number FROM visit ORDER BY number")]


def test_who_waits_asks_often_however_long_it_has_waited(writer, other):
    other.execute("BEGIN IMMEDIATE")
    asked_often, asked = Event(), []

    def leave() -> None:
        asked_often.wait()
        other.execute("COMMIT")

    def write() -> None:
        asked.append(1)
        if len(asked) == 50:
            asked_often.set()
        writer.connection.execute("INSERT INTO visit VALUES (1)")

    leaving = Thread(target=leave)
    leaving.start()
    writer.connection.when_free(write)
    leaving.join()

    assert numbers(other) == [1]


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "INSERT INTO visit VALUES (1)"])
def test_it_gives_up_when_its_patience_is_over(writer, other, begin):
    other.execute("BEGIN IMMEDIATE")
    writer.connection.patience = 0.05

    with pytest.raises(OperationalError, match="database is locked"), writer.cursor() as cursor:
        cursor.execute(begin)

    other.execute("ROLLBACK")
    with writer.cursor() as cursor:
        cursor.execute("INSERT INTO visit VALUES (2)")
    assert numbers(other) == [2]


def test_several_statements_outside_of_a_transaction_wait_each(writer, other):
    with writer.cursor() as cursor:
        cursor.executemany("INSERT INTO visit VALUES (%s)", [(1,), (2,), (3,)])

    assert numbers(other) == [1, 2, 3]


def test_what_does_not_pass_by_itself_is_told_at_once(writer):
    with pytest.raises(OperationalError, match="no such table"), writer.cursor() as cursor:
        cursor.execute("INSERT INTO absent VALUES (1)")


def test_a_copy_of_the_database_that_was_written_to_since_is_not_waited_for(writer, other):
    """A transaction that has read an older state can never write: waiting would be in vain."""
    with writer.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        cursor.execute("SELECT count(*) FROM visit")
        cursor.fetchall()
        other.execute("INSERT INTO visit VALUES (1)")
        asked = []

        def write() -> None:
            asked.append(1)
            writer.connection.execute("INSERT INTO visit VALUES (2)")

        with pytest.raises(sqlite3.OperationalError):
            writer.connection.when_free(write)
        cursor.execute("ROLLBACK")

    assert asked == [1]
