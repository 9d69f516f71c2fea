"""/api/v1/unknown_faces/"""

from uuid import uuid4

import pytest

from tests.support.problems import assert_problem
from tests.unknown_faces.test_unknown_faces import gathered, photos  # noqa: F401  a fixture
from verification.models import Anchor, Person

URL = "/api/v1/unknown_faces/"

pytestmark = pytest.mark.django_db


def groups(api) -> list[list[dict]]:
    return [group["faces"] for group in api.get(URL).json()["groups"]]


def places(faces: list[dict]) -> list[dict]:
    return [{name: face[name] for name in ("verification", "face_index")} for face in faces]


def test_before_they_are_gathered_there_are_none(api):
    assert_problem(api.get(URL), 404, "not_found")


def test_they_are_gathered_and_listed_with_their_places(api, user, photos):  # noqa: F811
    answer = api.post(URL)
    assert (answer.status_code, answer.json()["state"], answer.json()["groups"]) == (
        202,
        "pending",
        [],
    )
    gathered(user)

    found = groups(api)

    assert [len(faces) for faces in found] == [2, 1, 1]
    assert {face["verification"] for face in found[0]} == {str(row.pk) for row in photos}
    assert found[0][0]["box"].keys() == {"left", "top", "width", "height"}


def test_faces_get_a_name(api, user, photos):  # noqa: F811
    gathered(user)

    answer = api.post(
        f"{URL}name/", {"faces": places(groups(api)[0]), "name": "Bea"}, format="json"
    )

    bea = Person.objects.get(name="Bea")
    assert answer.json() == {"person": str(bea.pk), "name": "Bea", "added": 2}
    assert bea.anchors.count() == 2
    assert [len(faces) for faces in groups(api)] == [1, 1]


def test_faces_are_added_to_a_person_even_where_two_have_the_name(api, user, photos):  # noqa: F811
    gathered(user)
    ada = Person.objects.get(name="Ada")
    Person.objects.create(owner=user, name="Ada")

    answer = api.post(
        f"{URL}name/", {"faces": places(groups(api)[0]), "person": str(ada.pk)}, format="json"
    )

    assert answer.json() == {"person": str(ada.pk), "name": "Ada", "added": 2}
    assert ada.anchors.count() == 4


def test_faces_that_are_dismissed_do_not_come_back(api, user, photos):  # noqa: F811
    gathered(user)

    answer = api.post(f"{URL}dismiss/", {"faces": places(groups(api)[0])}, format="json")

    assert answer.status_code == 204
    gathered(user)
    assert [len(faces) for faces in groups(api)] == [1, 1]


@pytest.mark.parametrize(
    "whose",
    [{}, {"name": "Bea", "person": str(uuid4())}, {"name": " "}],
    ids=["nobody", "two", "a blank name"],
)
def test_without_one_answer_to_whose_they_are_nothing_is_named(api, user, photos, whose):  # noqa: F811
    gathered(user)

    answer = api.post(f"{URL}name/", {"faces": places(groups(api)[0]), **whose}, format="json")

    assert answer.status_code == 400
    assert "name" in answer.json()["errors"]
    assert [len(faces) for faces in groups(api)] == [2, 1, 1]


def test_a_strangers_person_and_a_strangers_faces_are_out_of_reach(
    api,
    stranger_api,
    user,
    stranger,
    photos,  # noqa: F811
):
    gathered(user)
    theirs = Person.objects.create(owner=stranger, name="Theirs")
    faces = places(groups(api)[0])

    to_theirs = {"faces": faces, "person": str(theirs.pk)}
    assert_problem(api.post(f"{URL}name/", to_theirs, format="json"), 404, "not_found")
    mine = {"faces": faces, "name": "Mine"}
    assert_problem(stranger_api.post(f"{URL}name/", mine, format="json"), 409, "conflict")
    assert Anchor.objects.count() == 2
