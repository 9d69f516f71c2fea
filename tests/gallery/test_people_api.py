"""/api/v1/people/ and /api/v1/people/{id}/"""

from uuid import uuid4

import pytest

from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Anchor, Person

URL = "/api/v1/people/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return services.person_create(owner=user, name="Ada", note="Tall", tags=["work"])


def test_owner_creates_a_person_with_a_consent_record(api, user):
    answer = api.post(
        URL,
        {
            "name": " Ada ",
            "tags": ["work", "work", " chess "],
            "consent_given_by": "Ada herself",
            "consent_at": "2026-01-31",
            "consent_for": "Opening the front door",
        },
        format="json",
    )

    assert answer.status_code == 201, answer.content
    person = Person.objects.get()
    assert answer.json()["id"] == str(person.pk)
    assert (person.owner, person.name, person.tags) == (user, "Ada", ["work", "chess"])
    assert answer.json()["consent_at"] == "2026-01-31"
    assert answer.json()["anchor_count"] == 0


def test_two_people_may_share_a_name(api, ada):
    answer = api.post(URL, {"name": "Ada"}, format="json")

    assert answer.status_code == 201
    assert Person.objects.filter(name="Ada").count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("tags", ["x"] * 1 + [str(n) for n in range(20)]),
        ("tags", ["x" * 51]),
        ("tags", "work"),
        ("consent_at", "yesterday"),
    ],
)
def test_a_bad_field_is_named(api, field, value):
    body = assert_problem(
        api.post(URL, {"name": "Ada", field: value}, format="json"), 400, "invalid"
    )

    assert list(body["errors"]) == [field]
    assert not Person.objects.exists()


def test_owner_lists_searches_and_filters_their_own(api, user, stranger, ada):
    services.person_create(owner=stranger, name="Ada of another", tags=["work"])
    bea = services.person_create(owner=user, name="Bea")

    def names(**query) -> list[str]:
        answer = api.get(URL, query)
        assert answer.status_code == 200, answer.content
        return [row["name"] for row in answer.json()["results"]]

    assert names() == ["Ada", "Bea"]
    assert names(q="tall") == ["Ada"]
    assert names(tag="work") == ["Ada"]
    assert names(tag="wor") == []
    assert bea.tags == []


def test_owner_changes_what_is_sent_and_nothing_else(api, ada):
    answer = api.patch(f"{URL}{ada.pk}/", {"name": "Ada L."}, format="json")

    assert answer.status_code == 200, answer.content
    ada.refresh_from_db()
    assert (ada.name, ada.note, ada.tags) == ("Ada L.", "Tall", ["work"])


def test_owner_deletes_a_person_with_the_anchors(api, ada):
    services.anchor_add(person=ada, data=photo(1))

    answer = api.delete(f"{URL}{ada.pk}/")

    assert (answer.status_code, answer.json()["kind"]) == (200, "person_deleted")
    assert not Person.objects.exists()
    assert not Anchor.objects.exists()


def test_owner_merges_two_people_and_the_second_time_is_a_404(api, user, ada):
    bea = services.person_create(owner=user, name="Bea")
    services.anchor_add(person=bea, data=photo(1))

    answer = api.post(f"{URL}{ada.pk}/merge/", {"other": str(bea.pk)}, format="json")

    assert answer.status_code == 200, answer.content
    assert answer.json()["anchor_count"] == 1
    again = api.post(f"{URL}{ada.pk}/merge/", {"other": str(bea.pk)}, format="json")
    assert_problem(again, 404, "not_found")
    with_itself = api.post(f"{URL}{ada.pk}/merge/", {"other": str(ada.pk)}, format="json")
    assert_problem(with_itself, 400, "invalid")
    assert Person.objects.get().anchors.count() == 1


def test_a_stranger_finds_nothing_and_changes_nothing(stranger_api, stranger, ada):
    theirs = services.person_create(owner=stranger, name="Bea")
    before = Person.objects.values().get(pk=ada.pk)
    url = f"{URL}{ada.pk}/"

    for answer in (
        stranger_api.get(url),
        stranger_api.patch(url, {"name": "Mine"}, format="json"),
        stranger_api.delete(url),
        stranger_api.post(f"{url}merge/", {"other": str(theirs.pk)}, format="json"),
        stranger_api.post(f"{URL}{theirs.pk}/merge/", {"other": str(ada.pk)}, format="json"),
    ):
        assert_problem(answer, 404, "not_found")
    assert Person.objects.values().get(pk=ada.pk) == before
    assert Person.objects.filter(pk=theirs.pk).exists()


def test_anonymous_is_told_to_authenticate(anonymous_api, ada):
    before = Person.objects.values().get()
    url = f"{URL}{ada.pk}/"

    for answer in (
        anonymous_api.get(URL),
        anonymous_api.post(URL, {"name": "Bea"}, format="json"),
        anonymous_api.get(url),
        anonymous_api.patch(url, {"name": "Mine"}, format="json"),
        anonymous_api.delete(url),
        anonymous_api.post(f"{url}merge/", {"other": str(uuid4())}, format="json"),
    ):
        assert_problem(answer, 401, "not_authenticated")
    assert Person.objects.values().get() == before


def test_a_page_of_people_takes_the_same_queries_however_many(
    api, user, ada, django_assert_num_queries
):
    for number in range(30):
        person = services.person_create(owner=user, name=f"Person {number}")
        services.anchor_add(person=person, data=photo(number))

    api.get(URL)
    with django_assert_num_queries(4):  # the API key, the galleries, the ids, the people
        answer = api.get(URL, {"page_size": 100})
    assert len(answer.json()["results"]) == 31
