"""/api/v1/detect/, /embeddings/, /embeddings/search/, /verifications/dry/, /identifications/dry/"""

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.clients import program
from tests.support.embedded import known
from tests.support.faces import make_face, no_face, two_faces
from tests.support.looked import worker_here
from tests.support.problems import assert_problem
from verification.gallery.gallery_models import Gallery
from verification.models import Look, Verification

API = "/api/v1/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    with worker_here():
        yield


@pytest.fixture
def api(user, here):
    """A program, while a worker runs."""
    return program(user, scopes=["verify", "embeddings"])


@pytest.fixture(autouse=True)
def nothing_left():
    yield
    assert not Look.objects.exists()
    assert not Verification.objects.exists()


def photo(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("a.jpg", data, "image/jpeg")


def numbers_of(api, data: bytes) -> tuple[list[float], dict]:
    said = api.post(f"{API}embeddings/", {"photo": photo(data)}).json()
    return said["faces"][0]["embedding"], said["model"]


def test_faces_are_detected_in_one_request_however_the_photo_is_sent(api):
    data = two_faces()

    as_form = api.post(f"{API}detect/", {"photo": photo(data)})
    as_json = api.post(f"{API}detect/", {"photo": base64.b64encode(data).decode()}, format="json")
    as_body = api.post(f"{API}detect/?max_faces=1", data, content_type="image/jpeg")

    assert as_form.status_code == as_json.status_code == as_body.status_code == 200
    assert as_form.json()["image"] == {"width": 600, "height": 300}
    assert [face["problem"] for face in as_form.json()["faces"]] == [None, None]
    assert as_json.json()["faces"] == as_form.json()["faces"]
    assert as_body.json()["faces"] == as_form.json()["faces"][:1]
    assert "embedding" not in as_form.json()["faces"][0]


def test_a_photo_without_faces_is_no_error_and_one_that_is_none_is(api):
    without = api.post(f"{API}detect/", {"photo": photo(no_face())})
    broken = api.post(f"{API}detect/", {"photo": photo(b"no photo")})

    assert (without.status_code, without.json()["faces"]) == (200, [])
    assert list(assert_problem(broken, 415, "unsupported_format")["errors"]) == ["photo"]


def test_points_that_no_model_has_are_refused_by_name(api):
    answer = api.post(f"{API}detect/", {"photo": photo(make_face(1)), "points": "true"})

    (error,) = assert_problem(answer, 400, "invalid")["errors"]["points"]
    assert error["code"] == "points_not_offered"


def test_numbers_name_their_model_and_find_the_person_again(api, user):
    ada = known(user, 1, name="Ada")
    numbers, model = numbers_of(api, make_face(1, 7))

    found = api.post(
        f"{API}embeddings/search/",
        {"embedding": [5 * value for value in numbers], "model": {"sha256": model["sha256"]}},
        format="json",
    )

    assert found.status_code == 200
    (candidate,) = found.json()["candidates"]
    assert (candidate["person_id"], candidate["name"]) == (str(ada.pk), "Ada")
    assert candidate["outcome"] == "match"


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"model": {"sha256": "0" * 64}}, "model", "another_model"),
        ({"model": {"name": "duo"}}, "model", "another_model"),
        ({"model": {}}, "model", "another_model"),
        ({"embedding": [0.5] * 7}, "embedding", "embedding_invalid"),
        ({"embedding": [0.0]}, "embedding", "embedding_invalid"),
        ({"embedding": [1e200]}, "embedding", "embedding_invalid"),
    ],
)
def test_numbers_that_cannot_be_compared_are_refused(api, changed, field, code):
    numbers, model = numbers_of(api, make_face(1))
    sent = {"embedding": numbers, "model": {"name": model["name"], "version": model["version"]}}
    if len(changed.get("embedding", ())) == 1:
        changed = {"embedding": changed["embedding"] * len(numbers)}

    answer = api.post(f"{API}embeddings/search/", sent | changed, format="json")

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert [error["code"] for error in errors[field]] == [code]


def test_a_dry_verdict_has_the_members_of_a_stored_one(api):
    answer = api.post(
        f"{API}verifications/dry/",
        {
            "probe": photo(make_face(1)),
            "reference": photo(make_face(1, 1)),
            "false_match_rate": 0.01,
        },
    )

    assert answer.status_code == 200
    said = answer.json()
    assert (said["outcome"], said["false_match_rate"], said["leaning"]) == ("match", 0.01, None)
    assert said["faces"]["probe"]["count"] == said["faces"]["reference"]["count"] == 1


def test_a_dry_verdict_on_a_person_and_a_dry_search_find_the_same(api, user):
    ada = known(user, 1, name="Ada")
    known(user, 2, name="Bob")

    verdict = api.post(
        f"{API}verifications/dry/", {"probe": photo(make_face(1, 7)), "person": ada.pk}
    )
    found = api.post(f"{API}identifications/dry/", {"probe": photo(make_face(1, 7)), "limit": 1})

    assert (verdict.status_code, found.status_code) == (200, 200)
    assert verdict.json()["outcome"] == "match"
    assert [person["name"] for person in found.json()["candidates"]] == ["Ada"]
    assert found.json()["searched"] == 2


def test_people_of_others_are_not_there(api, stranger):
    theirs = known(stranger, 1)

    verdict = api.post(
        f"{API}verifications/dry/", {"probe": photo(make_face(1)), "person": theirs.pk}
    )
    found = api.post(f"{API}identifications/dry/", {"probe": photo(make_face(1))})

    assert_problem(verdict, 404, "not_found")
    assert_problem(found, 422, "gallery_empty")


def test_a_photo_of_several_faces_is_refused_with_the_faces_to_choose_from(api):
    sent = {"reference": photo(make_face(1)), "probe": photo(two_faces(1, 2))}

    refused = api.post(f"{API}verifications/dry/", sent)

    body = assert_problem(refused, 422, "several_faces")
    assert list(body["errors"]) == ["probe"]
    assert [face["index"] for face in body["faces"]] == [0, 1]


def test_an_answer_is_not_kept_for_a_request_that_is_sent_again(api):
    sent = {"headers": {"Idempotency-Key": "once"}}

    first, again = (
        api.post(f"{API}detect/", {"photo": photo(make_face(n))}, **sent) for n in (1, 2)
    )

    assert (first.status_code, again.status_code) == (200, 200)
    assert "Idempotent-Replayed" not in again


def test_not_even_a_default_gallery_is_made(api):
    api.post(
        f"{API}verifications/dry/",
        {"probe": photo(make_face(1)), "reference": photo(make_face(1))},
    )
    found = api.post(f"{API}identifications/dry/", {"probe": photo(make_face(1))})

    assert_problem(found, 422, "gallery_empty")
    assert not Gallery.objects.exists()


def test_an_unknown_rate_names_those_that_are_offered(api):
    sent = {"probe": photo(make_face(1)), "reference": photo(make_face(1)), "false_match_rate": 0.5}

    answer = api.post(f"{API}verifications/dry/", sent)

    assert "false_match_rate" in assert_problem(answer, 400, "invalid")["errors"]


def test_without_a_worker_it_is_said_when_to_come_back(user):
    answer = program(user).post(f"{API}detect/", {"photo": photo(make_face(1))})

    assert_problem(answer, 503, "busy")
    assert answer["Retry-After"] == "10"
