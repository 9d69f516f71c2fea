"""POST /api/v1/verifications/ with a person, and POST /api/v1/identifications/"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Verification

VERIFY, IDENTIFY = "/api/v1/verifications/", "/api/v1/identifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    person = services.person_create(owner=user, name="Ada")
    services.anchor_add(person=person, data=photo(1))
    return person


def form(data: bytes | None = None, **more) -> dict:
    return {"probe": SimpleUploadedFile("me.jpg", photo(5) if data is None else data), **more}


def test_owner_verifies_against_a_person(api, ada):
    answer = api.post(VERIFY, form(person=str(ada.pk), false_match_rate="0.01"))

    assert answer.status_code == 202, answer.content
    body, row = answer.json(), Verification.objects.get()
    assert (body["kind"], body["person"], body["person_name"]) == ("person", str(ada.pk), "Ada")
    assert (row.person, row.false_match_rate, row.source) == (ada, 0.01, "api")


def test_a_person_beside_a_reference_is_one_too_many(api, ada):
    reference = SimpleUploadedFile("her.jpg", photo(6))
    answer = api.post(VERIFY, form(person=str(ada.pk), reference=reference))

    assert list(assert_problem(answer, 400, "invalid")["errors"]) == ["person"]
    assert not Verification.objects.exists()


def test_a_person_without_photos_is_named(api, user):
    person = services.person_create(owner=user, name="Bea")

    body = assert_problem(api.post(VERIFY, form(person=str(person.pk))), 400, "invalid")

    assert body["errors"]["person"][0]["detail"] == "Add a photo of Bea first."
    assert not Verification.objects.exists()


def test_a_strangers_person_does_not_exist(stranger_api, ada):
    assert_problem(stranger_api.post(VERIFY, form(person=str(ada.pk))), 404, "not_found")
    assert not Verification.objects.exists()


def test_owner_identifies_and_the_same_key_again_is_the_same(api, ada):
    first, second = (
        api.post(IDENTIFY, form(), headers={"Idempotency-Key": "once"}) for _ in range(2)
    )

    assert first.status_code == 202, first.content
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["kind"], first.json()["candidates"]) == ("identify", [])
    assert first["Location"].endswith(f"{VERIFY}{first.json()['id']}/")
    other = api.post(VERIFY, form(person=str(ada.pk)), headers={"Idempotency-Key": "once"})
    assert_problem(other, 409, "idempotency_key_reused")


def test_an_empty_gallery_cannot_be_searched(stranger_api, ada):
    body = assert_problem(stranger_api.post(IDENTIFY, form()), 400, "invalid")

    assert "add people" in body["errors"]["non_field_errors"][0]["detail"]
    assert not Verification.objects.exists()


def test_a_probe_that_cannot_be_read_is_refused(api, ada):
    body = assert_problem(api.post(IDENTIFY, form(b"no photo")), 415, "unsupported_format")

    assert list(body["errors"]) == ["probe"]


def test_anonymous_is_told_to_authenticate(anonymous_api, ada):
    assert_problem(anonymous_api.post(VERIFY, form(person=str(ada.pk))), 401, "not_authenticated")
    assert_problem(anonymous_api.post(IDENTIFY, form()), 401, "not_authenticated")
    assert not Verification.objects.exists()
