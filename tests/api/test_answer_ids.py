"""Kept answers are deleted with the rows whose ids they contain, without a scan of all answers."""

import json
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faceverify.api import idempotency
from faceverify.api.models import IdempotentRequest
from tests.support.migrations import migrations
from verification.gallery import services

PEOPLE = "/api/v1/people/"


def test_an_answer_goes_with_any_row_that_it_names(api, user):
    ada = services.person_create(owner=user, name="Ada")
    headers = {"Idempotency-Key": "once"}
    other = services.person_create(owner=user, name="Ada too")
    api.post(f"{PEOPLE}{ada.pk}/merge/", {"other": str(other.pk)}, format="json", headers=headers)
    kept = IdempotentRequest.objects.get()
    assert {row.value for row in kept.ids.all()} == idempotency.ids_in(kept.body)

    ada.delete()

    assert not IdempotentRequest.objects.exists()


@pytest.mark.django_db
def test_a_deleted_row_costs_one_look_by_its_id(user):
    with CaptureQueriesContext(connection) as queries:
        idempotency.forget(user.pk, uuid.uuid4())

    (query,) = queries
    assert "LIKE" not in query["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
        steps = [row[-1] for row in cursor.fetchall()]
    assert not [step for step in steps if step.startswith("SCAN")]


@pytest.mark.django_db
def test_the_answers_of_others_stay(user, stranger):
    id = uuid.uuid4()
    for owner in (user, stranger):
        row = IdempotentRequest.objects.create(owner=owner, key="once", digest="")
        row.ids.create(value=id)

    idempotency.forget(user.pk, id)

    assert [row.owner for row in IdempotentRequest.objects.all()] == [stranger]


@pytest.mark.django_db
def test_pruning_deletes_all_that_are_old_however_many(user, monkeypatch):
    monkeypatch.setattr(idempotency, "SLICE", 2)
    for number in range(5):
        IdempotentRequest.objects.create(owner=user, key=str(number), digest="")
    old = IdempotentRequest.objects.exclude(key="4")
    IdempotentRequest.objects.filter(pk__in=old).update(created_at="2026-01-01T00:00:00Z")

    assert idempotency.prune() == 4
    assert IdempotentRequest.objects.get().key == "4"


@pytest.mark.django_db(transaction=True)
def test_answers_kept_by_an_earlier_version_are_found_as_well():
    ids = {str(uuid.uuid4()) for _ in range(3)}
    with migrations("rest") as at:
        old = at("0001_initial")
        user = old.get_model("accounts", "User").objects.create(email="a@example.org")
        requests = old.get_model("rest", "IdempotentRequest").objects
        requests.create(owner=user, key="answered", digest="", body=json.dumps([*ids, *ids]))
        requests.create(owner=user, key="not yet", digest="")

        rows = at("0002_answer_ids").get_model("rest", "AnswerId").objects.all()

        assert sorted(str(row.value) for row in rows) == sorted(ids)
        assert {row.request.key for row in rows} == {"answered"}
