"""/api/v1/suggestions/ and POST /api/v1/anchors/{id}/confirm/"""

import pytest

from tests.support.people import anchor
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Anchor, Suggestion

URL = "/api/v1/suggestions/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def suggestion(user):
    first, second = sorted(
        (services.person_create(owner=user, name=name) for name in ("Ada", "Ada L.")),
        key=lambda person: person.pk,
    )
    return Suggestion.objects.create(owner=user, first=first, second=second, similarity=0.9)


def test_owner_sees_who_is_probably_the_same_and_dismisses_it(api, suggestion):
    (row,) = api.get(URL).json()["results"]
    assert {person["name"] for person in row["people"]} == {"Ada", "Ada L."}
    assert row["similarity"] == 0.9

    answer = api.post(f"{URL}{row['id']}/dismiss/")

    assert answer.status_code == 200 and answer.json()["dismissed_at"]
    assert api.get(URL).json()["results"] == []
    assert api.post(f"{URL}{row['id']}/dismiss/").json() == answer.json()


def test_a_stranger_and_the_unknown_find_nothing(stranger_api, anonymous_api, suggestion):
    url = f"{URL}{suggestion.pk}/dismiss/"

    assert stranger_api.get(URL).json()["results"] == []
    assert_problem(stranger_api.post(url), 404, "not_found")
    assert_problem(anonymous_api.get(URL), 401, "not_authenticated")
    assert_problem(anonymous_api.post(url), 401, "not_authenticated")
    assert Suggestion.objects.get().dismissed_at is None


def test_a_page_of_suggestions_takes_the_same_queries_however_many(
    api, user, suggestion, django_assert_num_queries
):
    api.get(URL)
    with django_assert_num_queries(2):
        api.get(URL)
    for number in range(10):
        other = services.person_create(owner=user, name=f"Person {number}")
        first, second = sorted((suggestion.first, other), key=lambda person: person.pk)
        Suggestion.objects.create(owner=user, first=first, second=second, similarity=0.8)

    with django_assert_num_queries(2):
        assert len(api.get(URL).json()["results"]) == 11


def test_owner_confirms_a_photo_that_looks_unlike(api, stranger_api, user):
    ada = services.person_create(owner=user, name="Ada")
    row = anchor(ada, likeness="unlike")
    url = f"/api/v1/anchors/{row.pk}/"
    assert api.get(url).json()["likeness"] == "unlike"
    assert api.get(f"/api/v1/people/{ada.pk}/").json()["unlike_count"] == 1
    assert_problem(stranger_api.post(f"{url}confirm/"), 404, "not_found")

    assert api.post(f"{url}confirm/").json()["likeness"] == "confirmed"

    assert Anchor.objects.get().likeness == "confirmed"
    assert api.get(f"/api/v1/people/{ada.pk}/").json()["unlike_count"] == 0
    waiting = anchor(ada, "pending", seed=2)
    assert_problem(api.post(f"/api/v1/anchors/{waiting.pk}/confirm/"), 409, "conflict")
