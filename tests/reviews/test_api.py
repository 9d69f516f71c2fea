"""PUT and DELETE /api/v1/verifications/{id}/review/, /api/v1/agreement/ and /reviewed_pairs/"""

import io
import uuid
import zipfile

import pytest

from tests.support.found_faces import compared
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.models import Review
from verification.reviews.services import review_set

URL = "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def verdict(user):
    return verification(user, "done", faces={"probe": compared(), "reference": compared()})


def review_of(row) -> str:
    return f"{URL}{row.pk}/review/"


def test_owner_says_changes_and_takes_back(api, verdict):
    answer = api.put(review_of(verdict), {"answer": "wrong", "note": " not her "}, format="json")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["answer"], answer.json()["note"]) == ("wrong", "not her")
    assert api.get(f"{URL}{verdict.pk}/").json()["review"]["answer"] == "wrong"

    api.put(review_of(verdict), {"answer": "right"}, format="json")
    assert api.get(URL).json()["results"][0]["review"]["answer"] == "right"

    for _ in range(2):
        assert api.delete(review_of(verdict)).status_code == 204
    assert api.get(f"{URL}{verdict.pk}/").json()["review"] is None


@pytest.mark.parametrize("data", [{}, {"answer": "yes"}, {"answer": "right", "note": "x" * 2001}])
def test_a_bad_review_is_refused(api, verdict, data):
    assert_problem(api.put(review_of(verdict), data, format="json"), 400, "invalid")
    assert not Review.objects.exists()


def test_without_a_verdict_there_is_nothing_to_review(api, user):
    row = verification(user, "running")

    assert_problem(api.put(review_of(row), {"answer": "right"}, format="json"), 409, "conflict")
    assert not Review.objects.exists()


def test_a_strangers_review_does_not_exist(stranger_api, verdict):
    review_set(verification=verdict, answer="right")

    assert_problem(
        stranger_api.put(review_of(verdict), {"answer": "wrong"}, format="json"), 404, "not_found"
    )
    assert_problem(stranger_api.delete(review_of(verdict)), 404, "not_found")
    assert_problem(stranger_api.delete(f"{URL}{uuid.uuid4()}/review/"), 404, "not_found")
    assert Review.objects.get().answer == "right"


def test_anonymous_is_told_to_authenticate(anonymous_api, verdict):
    for answer in (
        anonymous_api.put(review_of(verdict), {"answer": "right"}, format="json"),
        anonymous_api.delete(review_of(verdict)),
        anonymous_api.get("/api/v1/agreement/"),
        anonymous_api.get("/api/v1/reviewed_pairs/"),
    ):
        assert_problem(answer, 401, "not_authenticated")
    assert not Review.objects.exists()


def test_the_list_is_filtered_by_review(api, user, verdict):
    review_set(verification=verdict, answer="wrong")
    other = verification(user, "done")

    def found(**query) -> list[str]:
        return [row["id"] for row in api.get(URL, query).json()["results"]]

    assert found(review="wrong") == [str(verdict.pk)]
    assert found(reviewed="false") == [str(other.pk)]
    assert found(reviewed="true") == [str(verdict.pk)]


def test_agreement_in_numbers(api, stranger_api, verdict):
    review_set(verification=verdict, answer="right")

    body = api.get("/api/v1/agreement/").json()

    assert (body["verdicts"], body["reviewed"]) == (1, 1)
    match = body["by_outcome"][0]
    assert (match["name"], match["right"], match["agreement"]) == ("match", 1, 1.0)
    assert match["interval"]["low"] == pytest.approx(0.2065, abs=1e-4)
    assert body["by_outcome"][1]["agreement"] is None
    assert stranger_api.get("/api/v1/agreement/").json()["reviewed"] == 0


def test_the_reviewed_pairs_are_the_callers_own(api, stranger_api, verdict):
    review_set(verification=verdict, answer="right")

    def names(client) -> list[str]:
        answer = client.get("/api/v1/reviewed_pairs/")
        return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))).namelist()

    assert f"photos/{verdict.pk}/probe.jpg" in names(api)
    assert names(stranger_api) == ["README.txt", "pairs.csv", "reviews.csv"]
