"""/api/v1/searches/ and /api/v1/group_identifications/"""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.gallery import services as gallery
from verification.models import SearchPhoto, Verification

SEARCHES, GROUPS = "/api/v1/searches/", "/api/v1/group_identifications/"

pytestmark = pytest.mark.django_db


def upload(name: str = "a.jpg", data: bytes | None = None, seed: int = 1):
    return SimpleUploadedFile(name, photo(seed) if data is None else data)


def form(count: int = 2, **more) -> dict:
    return {"probe": upload(), "photos": [upload(f"{n}.jpg", seed=n) for n in range(count)], **more}


def test_owner_searches_and_reads_the_rows(api, user):
    answer = api.post(SEARCHES, form(2, false_match_rate="0.01", title="Party"))

    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert answer["Location"].endswith(f"{SEARCHES}{body['id']}/")
    assert (body["kind"], body["false_match_rate"], body["title"]) == ("photos", 0.01, "Party")
    assert [(p["file_name"], p["state"], p["outcome"]) for p in body["photos"]] == [
        ("0.jpg", "waiting", None),
        ("1.jpg", "waiting", None),
    ]
    SearchPhoto.objects.filter(position=1).update(
        state="done", outcome="match", similarity=0.9, model_sha256="a" * 64
    )
    first = api.get(f"{SEARCHES}{body['id']}/").json()["photos"][0]
    assert (first["position"], first["outcome"], first["similarity"]) == (1, "match", 0.9)
    assert api.get("/api/v1/verifications/?kind=photos").json()["results"][0]["id"] == body["id"]


def test_a_file_that_is_no_photo_is_a_refused_row(api):
    data = form(1)
    data["photos"].append(upload("x.txt", b"no photo"))
    body = api.post(SEARCHES, data).json()

    assert body["photos"][1]["refusal"]["code"] == "unsupported_format"


def test_101_photos_are_refused(api):
    body = assert_problem(api.post(SEARCHES, form(101)), 400, "invalid")

    assert "These are 101 photos. At most 100" in body["errors"]["photos"][0]["detail"]
    assert not Verification.objects.exists()


def test_a_search_needs_photos_and_a_probe(api):
    body = assert_problem(api.post(SEARCHES, {"probe": upload()}), 400, "invalid")
    assert list(body["errors"]) == ["photos"]
    body = assert_problem(api.post(SEARCHES, {"photos": [upload()]}), 400, "invalid")
    assert list(body["errors"]) == ["probe"]
    answer = api.post(SEARCHES, form(1) | {"probe": upload("x", b"no photo")})
    assert_problem(answer, 415, "unsupported_format")
    assert not Verification.objects.exists()


def test_the_same_key_again_is_the_same_search(api):
    first, second = (
        api.post(SEARCHES, form(), headers={"Idempotency-Key": "once"}) for _ in range(2)
    )
    assert first.json()["id"] == second.json()["id"]
    other = api.post(SEARCHES, form(1), headers={"Idempotency-Key": "once"})
    assert_problem(other, 409, "idempotency_key_reused")


def test_a_strangers_search_does_not_exist(api, stranger_api, user):
    body = api.post(SEARCHES, form()).json()

    assert_problem(stranger_api.get(f"{SEARCHES}{body['id']}/"), 404, "not_found")
    assert_problem(api.get(f"{SEARCHES}{uuid.uuid4()}/"), 404, "not_found")
    assert_problem(api.get(f"{SEARCHES}{verification(user).pk}/"), 404, "not_found")


def test_a_group_photo_is_queued_and_its_names_are_read(api, user):
    body = assert_problem(api.post(GROUPS, {"probe": upload()}), 400, "invalid")
    assert "add people" in body["errors"]["non_field_errors"][0]["detail"]
    person = gallery.person_create(owner=user, name="Ada")
    gallery.anchor_add(person=person, data=photo(1))

    answer = api.post(GROUPS, {"probe": upload("us.jpg"), "false_match_rate": "0.01"})

    assert answer.status_code == 202, answer.content
    assert (answer.json()["kind"], answer.json()["named_faces"]) == ("group", [])
    assert answer["Location"].endswith(f"/api/v1/verifications/{answer.json()['id']}/")


def test_anonymous_is_told_to_authenticate(anonymous_api):
    assert_problem(anonymous_api.post(SEARCHES, form()), 401, "not_authenticated")
    assert_problem(anonymous_api.post(GROUPS, {"probe": upload()}), 401, "not_authenticated")
    assert not Verification.objects.exists()
