"""POST /api/v1/verifications/"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from faceverify.api.rates import SubmitRate
from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.rows import files_of
from verification.models import Verification

URL = "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


def form(probe: bytes | None = None, reference: bytes | None = None, **more) -> dict:
    return {
        "probe": SimpleUploadedFile("me.jpg", photo(1) if probe is None else probe),
        "reference": SimpleUploadedFile(
            "passport.jpg", photo(2) if reference is None else reference
        ),
        **more,
    }


def test_owner_gets_202_with_the_place_to_look_at(api, user):
    answer = api.post(URL, form(title="Front desk"))

    assert answer.status_code == 202, answer.content
    row = Verification.objects.get()
    body = answer.json()
    assert answer["Location"] == f"http://testserver{URL}{row.pk}/"
    assert body["id"] == str(row.pk)
    assert (body["state"], body["outcome"], body["title"]) == ("pending", None, "Front desk")
    assert (body["probe_name"], body["reference_name"]) == ("me.jpg", "passport.jpg")
    assert body["false_match_rate"] == 0.001
    assert (row.owner, row.source) == (user, "api")
    assert files_of(row) == {"probe", "reference"}


def test_anonymous_is_told_to_authenticate(anonymous_api):
    answer = anonymous_api.post(URL, form())

    assert_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert not Verification.objects.exists()


def test_options_are_kept(api):
    answer = api.post(URL, form(false_match_rate="0.0001", probe_face="2", reference_face="0"))

    assert answer.status_code == 202, answer.content
    row = Verification.objects.get()
    assert (row.false_match_rate, row.probe_face, row.reference_face) == (1e-4, 2, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("false_match_rate", "0.5"),
        ("false_match_rate", "rarely"),
        ("false_match_rate", "nan"),
        ("probe_face", "-1"),
        ("reference_face", "100000"),
        ("title", "x" * 201),
        ("probe", "https://example.org/face.jpg"),
        ("reference", "/etc/passwd"),
    ],
)
def test_a_bad_field_is_named(api, field, value):
    body = assert_problem(api.post(URL, form() | {field: value}), 400, "invalid")

    assert list(body["errors"]) == [field]
    assert body["errors"][field][0]["detail"]
    assert not Verification.objects.exists()


@pytest.mark.parametrize("missing", ["probe", "reference"])
def test_a_missing_photo_is_named(api, missing):
    data = form()
    del data[missing]

    body = assert_problem(api.post(URL, data), 400, "invalid")

    assert body["errors"][missing][0]["code"] == "required"


@pytest.mark.parametrize("which", ["probe", "reference"])
@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"hello, I am a text", 415, "unsupported_format"),
        (photo(3, size=(600, 600))[:20_000], 422, "image_truncated"),
        (photo(4) + b"\0" * (25 * 2**20), 413, "image_too_large"),
    ],
    ids=["empty", "text", "truncated", "25-MB"],
)
def test_a_photo_that_cannot_be_used_gets_its_own_answer(api, which, data, status, code):
    body = assert_problem(api.post(URL, form(**{which: data})), status, code)

    assert body["remedy"]
    assert body["errors"][which][0]["code"] == code
    assert not Verification.objects.exists()


def test_a_body_that_is_no_multipart_is_refused(api):
    answer = api.post(URL, b"nonsense", content_type="multipart/form-data; boundary=x")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize("wait", ["-1", "11", "soon", "nan", "inf"])
def test_a_bad_wait_is_named(api, wait):
    body = assert_problem(api.post(f"{URL}?wait={wait}", form()), 400, "invalid")

    assert list(body["errors"]) == ["wait"]
    assert not Verification.objects.exists()


def test_waiting_without_a_worker_answers_at_once(api):
    assert api.post(f"{URL}?wait=10", form()).status_code == 202


def test_the_same_idempotency_key_again_gives_the_same_verification(api):
    first = api.post(URL, form(), headers={"Idempotency-Key": "order-1"})
    again = api.post(URL, form(), headers={"Idempotency-Key": "order-1"})

    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert Verification.objects.count() == 1


def test_an_idempotency_key_with_other_photos_is_refused(api):
    api.post(URL, form(), headers={"Idempotency-Key": "order-1"})

    answer = api.post(URL, form(probe=photo(9)), headers={"Idempotency-Key": "order-1"})

    assert_problem(answer, 409, "idempotency_key_reused")
    assert Verification.objects.count() == 1


def test_an_idempotency_key_is_the_owners_own(api, stranger_api):
    first = api.post(URL, form(), headers={"Idempotency-Key": "order-1"})
    other = stranger_api.post(URL, form(), headers={"Idempotency-Key": "order-1"})

    assert other.status_code == 202
    assert first.json()["id"] != other.json()["id"]


@pytest.mark.parametrize("key", [" ", "x" * 256])
def test_a_bad_idempotency_key_is_named(api, key):
    body = assert_problem(api.post(URL, form(), headers={"Idempotency-Key": key}), 400, "invalid")

    assert list(body["errors"]) == ["Idempotency-Key"]


def test_a_session_needs_the_csrf_token(user):
    from rest_framework.test import APIClient

    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)

    assert_problem(browser.post(URL, form()), 403, "permission_denied")
    assert not Verification.objects.exists()


def test_too_many_submissions_say_when_to_come_back(api, monkeypatch):
    monkeypatch.setattr(SubmitRate, "THROTTLE_RATES", {"submit": "1/hour"})
    api.post(URL, form())

    answer = api.post(URL, form())

    assert_problem(answer, 429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= 3601
    assert Verification.objects.count() == 1
