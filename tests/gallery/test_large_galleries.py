"""Galleries with more people and photos than one query can name, or one transaction should lock."""

import sqlite3
from contextlib import contextmanager

import pytest
from django.db import connection
from django.utils import timezone

from tests.support.present import present
from verification.gallery import selectors, services, worker
from verification.gallery.locks import changed, lock
from verification.gallery.worker import embed_others_again
from verification.models import Anchor, Person, Verification

MODEL, OTHER_MODEL = "a" * 64, "b" * 64
LIMIT = 1000  # variables of one query; SQLite's default is 32,766

pytestmark = pytest.mark.django_db


@contextmanager
def variables(count: int):
    """A database that takes so many variables in a query."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite's limit can be lowered")
    connection.ensure_connection()
    limit = sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER
    former = connection.connection.setlimit(limit, count)
    yield
    connection.connection.setlimit(limit, former)


@pytest.fixture
def few_variables():
    with variables(LIMIT):
        yield


def people_of(owner, count: int, **columns) -> list[Person]:
    rows = [Person(owner=owner, name=f"Person {n}", **columns) for n in range(count)]
    return Person.objects.bulk_create(rows, batch_size=100)


def photos_of(person: Person, count: int, *, of: int = 1) -> None:
    """Ready photos that MODEL has embedded; equal `of` and number are the same photo."""
    fill([person] * count, of=of)


def fill(people: list[Person], *, of: int = 1) -> None:
    rows = [
        Anchor(
            owner_id=person.owner_id, person=person, state="ready", finished_at=timezone.now(), crop="c",
            content_sha256=f"{of * 10**9 + n:064x}", model_sha256=MODEL,
        )
        for n, person in enumerate(people)
    ]  # fmt: skip
    Anchor.objects.bulk_create(rows, batch_size=30)


def embed_all(model: str) -> int:
    """As the sweeps of the workers do; the number of calls that had something to do."""
    calls = 0
    while embed_others_again(model):
        calls += 1
    return calls


def test_more_people_are_locked_and_changed_than_a_query_can_name(user, few_variables):
    ids = [person.pk for person in people_of(user, LIMIT + 100)]

    assert list(lock(*ids)) == sorted(ids)
    changed(*ids)

    assert set(Person.objects.values_list("version", flat=True)) == {1}


def test_another_model_embeds_more_people_than_a_query_can_name(user, few_variables, monkeypatch):
    monkeypatch.setattr("verification.jobs.queue.send", lambda task, pk, **_how: None)
    monkeypatch.setattr(worker, "PEOPLE_AT_ONCE", LIMIT)
    fill(people_of(user, LIMIT + 100))

    assert embed_all(OTHER_MODEL) == 2

    assert set(Anchor.objects.values_list("state", flat=True)) == {"pending"}
    assert set(Person.objects.values_list("version", flat=True)) == {1}
    assert embed_all(MODEL) == 0


def test_a_transaction_locks_a_few_people_of_one_owner(user, stranger, monkeypatch):
    monkeypatch.setattr(worker, "PEOPLE_LOCKED", 2)
    for owner in (user, stranger):
        fill(people_of(owner, 3))
    locked = []
    monkeypatch.setattr(
        worker, "lock", lambda *ids: locked.append({p.owner_id for p in lock(*ids).values()})
    )

    embed_all(OTHER_MODEL)

    assert sorted(locked, key=str) == sorted([{user.pk}] * 2 + [{stranger.pk}] * 2, key=str)


def test_what_a_crash_left_out_is_embedded_by_the_next_sweep(user, monkeypatch):
    monkeypatch.setattr(worker, "PEOPLE_LOCKED", 2)
    fill(people_of(user, 5))
    calls = []

    def lock_twice(*ids):
        calls.append(ids)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return lock(*ids)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(worker, "lock", lock_twice)
        embed_others_again(OTHER_MODEL)
    assert Anchor.objects.filter(state="pending").count() == 4

    embed_all(OTHER_MODEL)

    assert Anchor.objects.filter(state="pending").count() == 5


def test_a_person_with_more_photos_than_a_query_can_name_is_merged_deleted_and_brought_back(
    user, few_variables
):
    ada, twin = people_of(user, 2)
    photos_of(ada, 10)
    photos_of(twin, LIMIT + 100)  # ten of them are Ada's
    Verification.objects.bulk_create(
        (Verification(owner=user, kind="person", person=twin) for _ in range(LIMIT + 100)),
        batch_size=20,
    )

    def counts() -> list[tuple[int, int]]:
        return [(each.anchors.count(), each.verifications.count()) for each in (ada, twin)]

    before = counts()
    merged = services.people_merge(owner=user, into=ada, other=twin).change
    assert counts() == [(LIMIT + 100, LIMIT + 100), (0, 0)]
    services.change_undo(owner=user, change_id=present(merged).pk)
    assert counts() == before

    deleted = services.person_delete(person=twin)
    assert counts() == [(10, 0), (0, 0)]
    services.change_undo(owner=user, change_id=deleted.pk)
    assert counts() == before


def test_more_people_share_a_tag_than_a_query_can_name(user, few_variables):
    people_of(user, LIMIT + 100, tags=['"choir"', "work"])
    people_of(user, 1, tags=["choir"])

    def tagged(tag: str) -> int:
        return selectors.person_list(owner=user, tag=tag).count()

    assert [tagged(tag) for tag in ('"choir"', "work", "choir", "wor")] == [1100, 1100, 1, 0]


@pytest.mark.slow
def test_another_model_embeds_more_people_than_sqlite_names_by_default(user, monkeypatch):
    monkeypatch.setattr("verification.jobs.queue.send", lambda task, pk, **_how: None)
    count, part = 40_000, 5_000
    for _start in range(0, count, part):
        fill(people_of(user, part))

    with variables(32_766):
        assert embed_all(OTHER_MODEL) == count // worker.PEOPLE_AT_ONCE

    assert not Anchor.objects.exclude(state="pending").exists()
