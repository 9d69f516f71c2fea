"""The ways in which a photo comes in: a form, base64 in JSON, the body itself, one stored before."""

import base64
from uuid import UUID

import pytest

from tests.support.photos import photo
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification.comparisons.selectors import image_open
from verification.gallery import services
from verification.gallery.selectors import anchor_image_open
from verification.models import Anchor, Verification

VERIFY, IDENTIFY = "/api/v1/verifications/", "/api/v1/identifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    person = services.person_create(owner=user, name="Ada")
    services.anchor_add(person=person, data=photo(1))
    return person


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def body(client, url: str, data: bytes, kind: str = "image/jpeg"):
    return client.generic("POST", url, data, content_type=kind)


@pytest.mark.parametrize("start", ["", "data:image/jpeg;base64,", "data:;base64,"])
def test_two_photos_in_json(api, user, start):
    answer = api.post(
        VERIFY,
        {
            "probe": start + base64_of(photo(1)),
            "reference": start + base64_of(photo(2)),
            "title": "Desk",
        },
        format="json",
    )

    assert answer.status_code == 202, answer.content
    row = Verification.objects.get()
    assert (row.title, row.probe_name) == ("Desk", "")
    assert image_open(owner=user, id=row.pk, which="probe").startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/face.jpg",
        "/etc/passwd",
        "file:///etc/passwd",
        "data:image/jpeg,plain",
        "*",
    ],
)
def test_neither_an_address_nor_a_path_is_a_photo(api, text):
    answer = api.post(VERIFY, {"probe": text, "reference": base64_of(photo(2))}, format="json")

    assert assert_problem(answer, 400, "invalid")["errors"]["probe"][0]["code"] == "invalid_base64"
    assert not Verification.objects.exists()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "image_empty"),
        (b"hello, I am a text", 415, "unsupported_format"),
        (photo(4) + b"\0" * (25 * 2**20), 413, "image_too_large"),
    ],
    ids=["empty", "text", "25-MB"],
)
def test_a_photo_in_json_that_cannot_be_used_gets_its_own_answer(api, data, status, code):
    sent = {"probe": base64_of(data), "reference": base64_of(photo(2))}

    problem = assert_problem(api.post(VERIFY, sent, format="json"), status, code)

    assert problem["errors"]["probe"][0]["code"] == code
    assert not Verification.objects.exists()


def test_json_of_more_than_two_photos_is_not_read(api):
    answer = api.post(VERIFY, {"probe": "A" * 70_000_000}, format="json")

    assert_problem(answer, 413, "body_too_large")


@pytest.mark.parametrize("kind", ["image/jpeg", "application/octet-stream"])
def test_the_body_is_the_photo_to_identify(api, ada, kind):
    answer = body(api, f"{IDENTIFY}?false_match_rate=0.01&title=Gate", photo(5), kind)

    assert answer.status_code == 202, answer.content
    row = Verification.objects.get()
    assert (row.kind, row.title, row.false_match_rate) == ("identify", "Gate", 0.01)


def test_the_body_is_the_photo_to_verify_against_a_person(api, ada):
    answer = body(api, f"{VERIFY}?person={ada.pk}", photo(5))

    assert answer.status_code == 202, answer.content
    assert Verification.objects.get().person == ada


def test_the_body_is_a_persons_photo(api, ada):
    answer = body(api, f"/api/v1/people/{ada.pk}/anchors/?face_index=0", photo(6))

    assert answer.status_code == 202, answer.content
    assert Anchor.objects.get(pk=answer.json()["id"]).face_index == 0


def test_a_persons_photo_in_json(api, ada):
    sent = {"image": base64_of(photo(6))}

    answer = api.post(f"/api/v1/people/{ada.pk}/anchors/", sent, format="json")

    assert answer.status_code == 202, answer.content
    assert ada.anchors.count() == 2


def test_a_body_larger_than_a_photo_may_be_is_refused(api, ada):
    answer = body(api, IDENTIFY, b"\xff\xd8" + b"\0" * (25 * 2**20))

    assert_problem(answer, 413, "image_too_large")
    assert not Verification.objects.exists()


def test_an_unknown_kind_of_body_is_refused(api, ada):
    assert_problem(body(api, IDENTIFY, b"x", "text/csv"), 415, "unsupported_media_type")


def test_json_that_is_no_text_is_refused(api, user):
    for data in (b"{", b"[" * 100_000, b'{"name": "\\ud800"}', b'{"name": "\xff"}'):
        answer = body(api, "/api/v1/people/", data, "application/json")
        assert_problem(answer, 400, "parse_error")
    answer = body(api, "/api/v1/people/", b'"' + b"x" * 1_000_001, "application/json")
    assert_problem(answer, 413, "body_too_large")
    assert not user.people.exists()


def test_photos_stored_before_are_compared(api, user, ada):
    earlier = verification(user, probe_name="me.jpg")
    anchor = ada.anchors.get()

    answer = api.post(
        VERIFY,
        {"probe_from": f"verification:{earlier.pk}:probe", "reference_from": f"anchor:{anchor.pk}"},
        format="json",
    )

    assert answer.status_code == 202, answer.content
    row = Verification.objects.get(pk=answer.json()["id"])
    assert (row.kind, row.probe_name) == ("pair", "me.jpg")
    stored = anchor_image_open(owner=user, id=anchor.pk, which="image")
    assert image_open(owner=user, id=row.pk, which="reference")[:2] == stored[:2] == b"\xff\xd8"


def test_a_stored_photo_is_identified(api, ada):
    sent = {"probe_from": f"anchor:{ada.anchors.get().pk}"}

    assert api.post(IDENTIFY, sent).status_code == 202


@pytest.mark.parametrize(
    "name",
    ["anchor:7", "verification:7:probe", "probe", f"verification:{UUID(int=7)}:crop", "../x"],
)
def test_a_stored_photo_that_is_not_named_rightly_is_told(api, ada, name):
    problem = assert_problem(api.post(IDENTIFY, {"probe_from": name}), 400, "invalid")

    assert list(problem["errors"]) == ["probe_from"]


def test_two_probes_are_one_too_many(api, ada):
    sent = {"probe": base64_of(photo(1)), "probe_from": f"anchor:{ada.anchors.get().pk}"}

    problem = assert_problem(api.post(IDENTIFY, sent, format="json"), 400, "invalid")

    assert list(problem["errors"]) == ["probe_from"]
    assert not Verification.objects.exists()


def test_a_strangers_stored_photos_do_not_exist(stranger_api, stranger, user, ada):
    own = services.person_create(owner=stranger, name="Bea")
    services.anchor_add(person=own, data=photo(9))
    theirs = verification(user)

    for name in (f"anchor:{ada.anchors.get().pk}", f"verification:{theirs.pk}:probe"):
        assert_problem(stranger_api.post(IDENTIFY, {"probe_from": name}), 404, "not_found")
    assert not Verification.objects.filter(owner=stranger).exists()
