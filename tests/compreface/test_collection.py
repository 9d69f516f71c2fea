"""CompreFace's interface: subjects and their photos."""

import json

import pytest
from rest_framework.test import APIClient

from tests.compreface.conftest import client, code
from tests.support.faces import make_face, no_face, two_faces
from tests.support.people import anchor, person
from tests.support.things import plain_file
from verification.gallery.galleries import create_gallery
from verification.models import Anchor, Person

pytestmark = pytest.mark.django_db

ROOT = "/api/v1/recognition"


def names() -> list[str]:
    return sorted(Person.objects.values_list("name", flat=True))


def test_a_subject_is_a_person_of_the_gallery(compreface):
    added = compreface.post(f"{ROOT}/subjects", {"subject": "Ada/B C"}, format="json")
    again = compreface.post(f"{ROOT}/subjects/", {"subject": "Ada/B C"}, format="json")
    listed = compreface.get(f"{ROOT}/subjects/")

    assert (added.status_code, added.json()) == (201, {"subject": "Ada/B C"})
    assert (again.status_code, code(again)) == (400, 43)
    assert listed.json() == {"subjects": ["Ada/B C"]}
    assert names() == ["Ada/B C"]


@pytest.mark.parametrize("address", ["Ada%2FB%20C", "Ada/B C", "Ada/B C/"])
def test_a_subject_is_found_by_its_name_in_the_address(compreface, user, address):
    person(user, "Ada/B C")

    answer = compreface.put(f"{ROOT}/subjects/{address}", {"subject": "Ada"}, format="json")

    assert (answer.status_code, answer.json()) == (200, {"updated": True})
    assert names() == ["Ada"]


def test_a_subject_with_the_name_of_another_is_merged_into_it(compreface, user):
    ada, bea = person(user, "Ada"), person(user, "Bea")
    anchor(ada, seed=1)

    answer = compreface.put(f"{ROOT}/subjects/Ada", {"subject": "Bea"}, format="json")

    assert answer.json() == {"updated": True}
    assert Anchor.objects.get().person == bea
    assert names() == ["Bea"]


def test_deleting_one_subject_and_all(compreface, user):
    for name in ("Ada", "Bea", "Cy"):
        person(user, name)

    one = compreface.delete(f"{ROOT}/subjects/Ada")
    gone = compreface.delete(f"{ROOT}/subjects/Ada")
    rest = compreface.delete(f"{ROOT}/subjects")

    assert one.json() == {"subject": "Ada"}
    assert (gone.status_code, code(gone)) == (404, 42)
    assert rest.json() == {"deleted": 2}
    assert names() == []


def test_photos_are_listed_by_pages(compreface, user):
    ada, bea = person(user, "Ada"), person(user, "Bea")
    photos = [anchor(ada, seed=1), anchor(bea, seed=2), anchor(ada, seed=3)]
    anchor(ada, "refused", seed=4)

    second = compreface.get(f"{ROOT}/faces?page=1&size=2").json()
    of_one = compreface.get(f"{ROOT}/faces/?subject=Bea").json()

    assert second == {
        "faces": [{"image_id": str(photos[2].pk), "subject": "Ada"}],
        "page_number": 1,
        "page_size": 2,
        "total_pages": 2,
        "total_elements": 3,
    }
    assert of_one["faces"] == [{"image_id": str(photos[1].pk), "subject": "Bea"}]


def test_a_photo_is_fetched_as_a_jpeg(compreface, user):
    photo = anchor(person(user))

    answer = compreface.get(f"{ROOT}/faces/{photo.pk}/img")

    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content == photo.image.open().read()


def test_photos_are_deleted_by_id_by_list_and_by_subject(compreface, user):
    ada = person(user)
    one, two, *_more = (anchor(ada, seed=seed) for seed in range(1, 6))
    gone = "00000000-0000-4000-8000-000000000000"

    by_id = compreface.delete(f"{ROOT}/faces/{one.pk}")
    listed = [str(two.pk), gone, "nothing"]
    by_list = compreface.post(f"{ROOT}/faces/delete", listed, format="json")
    by_subject = compreface.delete(f"{ROOT}/faces?subject=Ada")

    assert by_id.json() == {"image_id": str(one.pk), "subject": "Ada"}
    assert by_list.json() == [{"image_id": str(two.pk), "subject": "Ada"}]
    assert by_subject.json() == {"deleted": 3}
    assert not Anchor.objects.exists()
    assert names() == ["Ada"]


def test_a_photo_makes_its_subject_and_is_ready_with_the_answer(compreface, here):
    added = compreface.post(f"{ROOT}/faces?subject=Ada", {"file": plain_file(make_face(0))})

    assert added.status_code == 201
    assert added.json() == {"image_id": str(Anchor.objects.get().pk), "subject": "Ada"}
    assert Anchor.objects.get().state == "ready"


@pytest.mark.parametrize(("photo", "number"), [(no_face, 28), (two_faces, 31)])
def test_a_photo_without_exactly_one_face_leaves_nothing_behind(compreface, here, photo, number):
    answer = compreface.post(f"{ROOT}/faces?subject=Ada", {"file": plain_file(photo())})

    assert (answer.status_code, code(answer)) == (400, number)
    assert not Person.all_objects.exists()
    assert not Anchor.all_objects.exists()


def test_a_photo_that_was_there_stays_when_it_is_sent_again(compreface, here):
    first = compreface.post(f"{ROOT}/faces?subject=Ada", {"file": plain_file(make_face(0))})
    again = compreface.post(f"{ROOT}/faces?subject=Ada", {"file": plain_file(make_face(0))})

    assert again.json() == first.json()
    assert Anchor.objects.count() == 1


def test_what_belongs_to_others_is_not_there(user, stranger):
    photo = anchor(person(user, "Ada"))
    other = client(stranger)

    assert other.get(f"{ROOT}/subjects").json() == {"subjects": []}
    assert other.get(f"{ROOT}/faces").json()["total_elements"] == 0
    for address, number in (("faces/{}", 11), ("subjects/Ada", 42)):
        answer = other.delete(f"{ROOT}/{address.format(photo.pk)}")
        assert (answer.status_code, code(answer)) == (404, number)
    assert code(other.get(f"{ROOT}/faces/{photo.pk}/img")) == 11
    listed = other.post(f"{ROOT}/faces/delete", [str(photo.pk)], format="json")
    assert listed.json() == []
    assert names() == ["Ada"]


@pytest.mark.parametrize(
    ("method", "path", "body", "number"),
    [
        ("post", "subjects", {}, 33),
        ("post", "subjects", {"subject": " "}, 26),
        ("post", "subjects", {"subject": 5}, 26),
        ("post", "subjects", {"subject": "A" * 201}, 26),
        ("post", "subjects", [], 33),
        ("post", "faces", {}, 33),
        ("post", "faces?subject=Ada", {}, 34),
        ("post", "faces?subject=Ada", {"file": "no base64!"}, 21),
        ("post", "faces?subject=Ada", {"file": ""}, 21),
        ("post", "faces?subject=Ada", {"file": "bm8gcGhvdG8="}, 21),
        ("post", "faces?subject=Ada&det_prob_threshold=2", {"file": "AA=="}, 26),
        ("post", "faces/delete", {"ids": []}, 36),
        ("get", "faces?page=-1", None, 26),
        ("get", "faces?size=0", None, 26),
        ("get", "faces/nothing/img", None, 11),
    ],
)
def test_a_wrong_request_is_told_by_number(compreface, method, path, body, number):
    data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(compreface, method)(f"{ROOT}/{path}", **data)

    assert answer.status_code in (400, 404)
    assert code(answer) == number
    assert not Person.objects.exists()


def test_the_key_is_in_a_header(user, compreface):
    without = APIClient(raise_request_exception=False)
    wrong = APIClient(raise_request_exception=False)
    wrong.credentials(HTTP_X_API_KEY="00000000-0000-4000-8000-000000000000")

    nothing = without.get(f"{ROOT}/subjects")
    unknown = wrong.get(f"{ROOT}/subjects")

    assert (nothing.status_code, nothing.json()["code"]) == (400, 20)
    assert nothing.json()["message"] == "Missing header: x-api-key"
    assert (unknown.status_code, code(unknown)) == (404, 10)


def test_a_key_opens_what_its_scopes_name(user):
    reader = client(user, scopes=["gallery:read"])
    verifier = client(user, scopes=["verify"])

    assert reader.get(f"{ROOT}/subjects").status_code == 200
    assert reader.post(f"{ROOT}/subjects", {"subject": "Ada"}).status_code == 403
    assert reader.post(f"{ROOT}/recognize").status_code == 403
    assert verifier.get(f"{ROOT}/subjects").status_code == 403
    assert code(verifier.post(f"{ROOT}/recognize")) == 34
    assert not Person.objects.exists()


def test_a_key_that_is_bound_to_a_gallery_is_that_collection(user, compreface):
    person(user, "Ada")
    gallery = create_gallery(owner=user, name="Visitors")
    bound = client(user, gallery=gallery.pk)

    bound.post(f"{ROOT}/subjects", {"subject": "Bea"}, format="json")

    assert bound.get(f"{ROOT}/subjects").json() == {"subjects": ["Bea"]}
    assert compreface.get(f"{ROOT}/subjects").json() == {"subjects": ["Ada"]}
