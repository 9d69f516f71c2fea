"""Rows are changed and read in one statement."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.signals import post_save

from tests.support.rows import verification
from verification.jobs.statements import Statement, insert, update_returning
from verification.models import Verification

pytestmark = pytest.mark.django_db


@pytest.fixture(params=[True, False], ids=["returning", "sqlite_before_3_35"])
def returning(request, monkeypatch):
    if not request.param:
        monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    return request.param


def test_the_rows_are_as_the_update_left_them(user, returning):
    row = verification(user, title="Front desk")
    rows = Verification.objects.filter(pk=row.pk, title="Front desk")

    (changed,) = update_returning(rows, title="Élan", attempts=F("attempts") + 1)

    row.refresh_from_db()
    columns = [field.attname for field in Verification._meta.concrete_fields]
    assert [getattr(changed, name) for name in columns] == [getattr(row, name) for name in columns]
    assert (changed.title, changed.title_folded) == ("Élan", "élan")


def test_a_row_that_does_not_match_stays_as_it_was(user, returning):
    row = verification(user, title="Front desk")

    assert update_returning(Verification.objects.filter(title="Gate"), title="Back door") == []

    row.refresh_from_db()
    assert row.title == "Front desk"


def test_it_is_one_statement(user, django_assert_num_queries):
    row = verification(user)

    with django_assert_num_queries(1):
        update_returning(Verification.objects.filter(pk=row.pk), title="Front desk")


def test_a_statement_is_made_once_and_runs_with_other_ids_and_values(user, returning):
    one, other = verification(user), verification(user)
    made = []

    def named(pk):
        made.append(pk)
        return Verification.objects.filter(pk=pk), {"attempts": F("attempts") + 1}

    statement = Statement(named, ids=1, varying=("title", "faces"))
    (first,) = statement.run(one.pk, title="Front desk", faces={"probe": {"index": 1}})
    (second,) = statement.run(other.pk, title="Gate", faces={})

    for row, told in ((one, first), (other, second)):
        row.refresh_from_db()
        assert (row.title, row.faces, row.attempts) == (told.title, told.faces, 1)
    assert (one.title, one.faces, other.title) == ("Front desk", {"probe": {"index": 1}}, "Gate")
    assert len(made) == (1 if returning else 3)


def test_a_row_is_inserted_as_it_would_be_saved(user, django_assert_num_queries):
    values = {"title": "Élan", "source": Verification.Source.API, "candidates": [{"name": "Ada"}]}
    saved, inserted = (Verification(owner=user, probe_name="É.jpg", **values) for _ in range(2))
    saved.save(force_insert=True)

    with django_assert_num_queries(1):
        insert(inserted)

    assert not inserted._state.adding
    saved.refresh_from_db()
    inserted.refresh_from_db()
    columns = {field.attname for field in Verification._meta.concrete_fields}
    for name in columns - {"id", "created_at", "enqueued_at"}:
        assert getattr(inserted, name) == getattr(saved, name), name
    assert inserted.title_folded == "élan"


def test_whoever_listens_to_rows_being_saved_hears_of_an_inserted_one(user):
    heard = []

    def hear(instance, created, **_kwargs):
        heard.append((instance, created))

    row = Verification(owner=user)
    post_save.connect(hear, sender=Verification)
    try:
        insert(row)
    finally:
        post_save.disconnect(hear, sender=Verification)

    assert heard == [(row, True)]
    assert Verification.objects.filter(pk=row.pk).exists()


def test_a_row_that_is_there_already_is_not_inserted_again(user):
    row = verification(user)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Verification(pk=row.pk, owner=user))

    assert Verification.objects.count() == 1
