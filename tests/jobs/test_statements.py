"""Rows are changed and read in one statement."""

import pytest
from django.db import connection
from django.db.models import F

from tests.support.rows import verification
from verification.jobs.statements import Statement, update_returning
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
