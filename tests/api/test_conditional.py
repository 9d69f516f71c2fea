"""ETag, If-None-Match and If-Match."""

import pytest

from tests.support.problems import assert_problem
from verification.gallery import services

PEOPLE = "/api/v1/people/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return services.person_create(owner=user, name="Ada")


def one(person) -> str:
    return f"{PEOPLE}{person.pk}/"


@pytest.mark.parametrize("url", [PEOPLE, None], ids=["list", "one"])
def test_what_did_not_change_is_not_sent_again(api, ada, url):
    url = url or one(ada)
    first = api.get(url)

    again = api.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert "private" in again["Cache-Control"]

    services.person_update(person=ada, name="Ada L.")
    changed = api.get(url, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_change_of_what_is_known_is_made(api, ada):
    etag = api.get(one(ada))["ETag"]

    answer = api.patch(one(ada), {"note": "new"}, format="json", headers={"If-Match": etag})

    assert answer.status_code == 200, answer.content
    ada.refresh_from_db()
    assert ada.note == "new"
    assert api.delete(f"{one(ada)}?erase=true", headers={"If-Match": "*"}).status_code == 204


def test_a_change_of_what_changed_meanwhile_is_refused(api, ada):
    etag = api.get(one(ada))["ETag"]
    services.person_update(person=ada, note="somebody else's")

    headers = {"If-Match": etag}
    changed = api.patch(one(ada), {"note": "mine"}, format="json", headers=headers)
    deleted = api.delete(one(ada), headers=headers)

    for answer in (changed, deleted):
        assert_problem(answer, 412, "precondition_failed")
    ada.refresh_from_db()
    assert ada.note == "somebody else's"


def test_a_strangers_etag_opens_nothing(api, stranger_api, ada):
    etag = api.get(one(ada))["ETag"]

    answer = stranger_api.delete(one(ada), headers={"If-Match": etag})

    assert_problem(answer, 404, "not_found")
    ada.refresh_from_db()
    assert_problem(stranger_api.get(one(ada), headers={"If-None-Match": etag}), 404, "not_found")


def test_an_error_has_no_etag(api):
    assert "ETag" not in api.get("/api/v1/people/7/")
