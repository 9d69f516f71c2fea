"""DELETE /api/v1/verifications/<id>/"""

import pytest

from faceverify.api.models import IdempotentRequest
from tests.support.problems import assert_problem
from tests.support.rows import files_of, verification
from verification.models import Verification

pytestmark = pytest.mark.django_db


def url(row) -> str:
    return f"/api/v1/verifications/{row.pk}/"


@pytest.mark.parametrize("state", ["pending", "running", "done", "refused", "failed"])
def test_owner_deletes_row_and_photos(api, user, state, django_capture_on_commit_callbacks):
    row = verification(user, state)

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.delete(url(row))

    assert answer.status_code == 204
    assert not Verification.objects.exists()
    assert files_of(row) == set()
    assert_problem(api.get(url(row)), 404, "not_found")


def test_kept_answers_go_with_what_they_tell_of(api, user):
    headers = {"Idempotency-Key": "once"}
    made = api.post("/api/v1/people/", {"name": "Ada"}, format="json", headers=headers)
    other = {"Idempotency-Key": "other"}
    assert api.post("/api/v1/people/", {"name": "Bo"}, format="json", headers=other)
    assert "Ada" in IdempotentRequest.objects.get(key="once").body

    api.delete(f"/api/v1/people/{made.json()['id']}/?erase=true")

    assert [row.key for row in IdempotentRequest.objects.all()] == ["other"]


def test_a_stranger_deletes_nothing(stranger_api, user, django_capture_on_commit_callbacks):
    row = verification(user, "done")

    with django_capture_on_commit_callbacks(execute=True):
        answer = stranger_api.delete(url(row))

    assert_problem(answer, 404, "not_found")
    assert Verification.objects.filter(pk=row.pk).exists()
    assert files_of(row) == {"probe", "reference"}


def test_anonymous_deletes_nothing(anonymous_api, user):
    row = verification(user)

    assert_problem(anonymous_api.delete(url(row)), 401, "not_authenticated")
    assert files_of(row) == {"probe", "reference"}


@pytest.mark.parametrize("method", ["put", "patch", "post"])
def test_a_verification_cannot_be_written(api, user, method):
    row = verification(user, "done")

    answer = getattr(api, method)(url(row), {"outcome": "no_match"})

    assert_problem(answer, 405, "method_not_allowed")
    row.refresh_from_db()
    assert row.outcome == "match"
