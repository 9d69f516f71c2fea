"""/api/v1/people/{id}/anchors/ and /api/v1/anchors/{id}/"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Anchor

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return services.person_create(owner=user, name="Ada")


@pytest.fixture
def anchor(ada):
    return services.anchor_add(person=ada, data=photo(1), file_name="ada.jpg")


def anchors_of(person) -> str:
    return f"/api/v1/people/{person.pk}/anchors/"


def one(anchor) -> str:
    return f"/api/v1/anchors/{anchor.pk}/"


def form(data: bytes | None = None, **more) -> dict:
    return {"image": SimpleUploadedFile("ada.jpg", photo(1) if data is None else data), **more}


def test_owner_adds_a_photo_and_again_gets_the_same(api, user, ada):
    answer = api.post(anchors_of(ada), form(face_index="1"))

    assert answer.status_code == 202, answer.content
    anchor = Anchor.objects.get()
    body = answer.json()
    assert (body["id"], body["state"], body["face"]) == (str(anchor.pk), "pending", None)
    assert (anchor.owner, anchor.file_name, anchor.face_index) == (user, "ada.jpg", 1)
    assert anchor.image.read().startswith(b"\xff\xd8")
    again = api.post(anchors_of(ada), form())
    assert (again.status_code, again.json()["id"]) == (200, str(anchor.pk))
    assert Anchor.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"", 422, "image_empty"), (b"not a photo", 415, "unsupported_format")],
)
def test_a_photo_that_cannot_be_read_is_refused_with_a_remedy(api, ada, data, status, code):
    body = assert_problem(api.post(anchors_of(ada), form(data)), status, code)

    assert body["remedy"]
    assert list(body["errors"]) == ["image"]
    assert not Anchor.objects.exists()


def test_owner_lists_and_reads_anchors(api, ada, anchor):
    listed = api.get(anchors_of(ada)).json()["results"]

    assert [row["id"] for row in listed] == [str(anchor.pk)]
    assert api.get(one(anchor)).json() == listed[0]


def test_owner_moves_an_anchor(api, user, anchor):
    bea = services.person_create(owner=user, name="Bea")

    answer = api.patch(one(anchor), {"person": str(bea.pk)}, format="json")

    assert answer.status_code == 200, answer.content
    assert bea.anchors.get() == anchor


def test_a_move_to_who_has_the_photo_is_a_conflict(api, user, ada, anchor):
    bea = services.person_create(owner=user, name="Bea")
    services.anchor_add(person=bea, data=photo(1))

    answer = api.patch(one(anchor), {"person": str(bea.pk)}, format="json")

    assert "Bea already has this photo" in assert_problem(answer, 409, "conflict")["detail"]
    assert ada.anchors.get() == anchor


def test_a_face_is_not_chosen_where_none_is_asked_for(api, anchor):
    assert_problem(api.patch(one(anchor), {"face_index": 0}, format="json"), 409, "conflict")
    assert_problem(api.patch(one(anchor), {}, format="json"), 400, "invalid")
    anchor.refresh_from_db()
    assert (anchor.state, anchor.face_index) == ("pending", None)


def test_owner_deletes_an_anchor(api, ada, anchor):
    answer = api.delete(one(anchor))

    assert (answer.status_code, answer.json()["kind"]) == (200, "anchor_deleted")
    assert not ada.anchors.exists()


def test_a_stranger_finds_nothing_and_changes_nothing(stranger_api, stranger, ada, anchor):
    theirs = services.person_create(owner=stranger, name="Bea")
    mine = services.anchor_add(person=theirs, data=photo(2))

    for answer in (
        stranger_api.get(anchors_of(ada)),
        stranger_api.post(anchors_of(ada), form(photo(3))),
        stranger_api.get(one(anchor)),
        stranger_api.patch(one(anchor), {"person": str(theirs.pk)}, format="json"),
        stranger_api.patch(one(mine), {"person": str(ada.pk)}, format="json"),
        stranger_api.delete(one(anchor)),
    ):
        assert_problem(answer, 404, "not_found")
    assert ada.anchors.get() == anchor
    assert theirs.anchors.get() == mine


def test_anonymous_is_told_to_authenticate(anonymous_api, ada, anchor):
    for answer in (
        anonymous_api.get(anchors_of(ada)),
        anonymous_api.post(anchors_of(ada), form(photo(3))),
        anonymous_api.get(one(anchor)),
        anonymous_api.patch(one(anchor), {"face_index": 0}, format="json"),
        anonymous_api.delete(one(anchor)),
    ):
        assert_problem(answer, 401, "not_authenticated")
    assert Anchor.objects.get() == anchor
