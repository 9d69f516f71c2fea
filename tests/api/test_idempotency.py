"""`Idempotency-Key` on every POST that makes something."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import ApiKey
from faceverify.api import idempotency
from faceverify.api.models import IdempotentRequest
from tests.support.clients import program
from tests.support.photos import photo
from tests.support.problems import assert_problem
from verification.gallery import services
from verification.models import Person, Verification

PEOPLE, VERIFY, KEYS = "/api/v1/people/", "/api/v1/verifications/", "/api/v1/keys/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(user):
    return program(user, scopes=["verify", "gallery:read", "gallery:write", "admin"])


def once(client, url: str, data, key: str = "order-1", **options):
    return client.post(url, data, headers={"Idempotency-Key": key}, **{"format": "json"} | options)


def pair(probe: int = 1) -> dict:
    return {
        "probe": SimpleUploadedFile("a.jpg", photo(probe)),
        "reference": SimpleUploadedFile("b.jpg", photo(2)),
    }


def test_the_same_request_again_gets_the_same_answer(api):
    first, again = (once(api, PEOPLE, {"name": "Ada", "tags": ["x"]}) for _ in range(2))

    assert first.status_code == again.status_code == 201, first.content
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Person.objects.count() == 1


def test_status_and_place_are_the_same_even_when_the_verdict_is_there(api):
    first = once(api, VERIFY, pair(), format="multipart")
    Verification.objects.update(title="changed since")

    again = once(api, f"{VERIFY}?wait=1", pair(), format="multipart")

    assert (first.status_code, first["Location"]) == (again.status_code, again["Location"])
    assert first.json() == again.json()
    assert Verification.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "data"),
    [
        (PEOPLE, {"name": "Bea"}),
        (KEYS, {"name": "Ada"}),
        (f"{PEOPLE}?format=json", {"name": "Ada "}),
    ],
)
def test_another_body_or_address_is_a_conflict(api, url, data):
    once(api, PEOPLE, {"name": "Ada"})

    assert_problem(once(api, url, data), 409, "idempotency_key_reused")
    assert (Person.objects.count(), ApiKey.objects.count()) == (1, 1)


def test_another_photo_is_a_conflict(api):
    once(api, VERIFY, pair(), format="multipart")

    answer = once(api, VERIFY, pair(probe=7), format="multipart")

    assert_problem(answer, 409, "idempotency_key_reused")
    assert Verification.objects.count() == 1


def test_an_anchor_is_added_once(api, user):
    ada = services.person_create(owner=user, name="Ada")
    url = f"{PEOPLE}{ada.pk}/anchors/"

    first, again = (
        once(api, url, {"image": SimpleUploadedFile("a.jpg", photo(1))}, format="multipart")
        for _ in range(2)
    )

    assert first.status_code == again.status_code == 202, first.content
    assert first.json() == again.json()
    assert ada.anchors.count() == 1


def test_a_new_keys_secret_is_not_kept_for_a_repetition(api):
    first, again = (once(api, KEYS, {"name": "camera"}) for _ in range(2))

    secrets = {name: first.json()[name] for name in ("secret", "secret_access_key")}
    assert again.status_code == 201
    assert again.json() == {k: v for k, v in first.json().items() if k not in secrets}
    for secret in secrets.values():
        assert not IdempotentRequest.objects.filter(body__contains=secret).exists()
    assert ApiKey.objects.count() == 2


def test_an_error_frees_the_key(api):
    assert_problem(once(api, PEOPLE, {"name": ""}), 400, "invalid")

    assert once(api, PEOPLE, {"name": "Ada"}).status_code == 201
    assert Person.objects.get().name == "Ada"


def test_what_was_made_before_an_error_is_unmade(api, monkeypatch):
    def broken(*_args):
        raise RuntimeError("the answer cannot be kept")

    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "_keep", broken)
        assert_problem(once(api, PEOPLE, {"name": "Ada"}), 500, "internal_error")
    assert not Person.objects.exists()

    assert once(api, PEOPLE, {"name": "Ada"}).status_code == 201


def test_keys_are_the_owners_own(api, stranger_api, user, stranger):
    once(api, PEOPLE, {"name": "Ada"})

    assert once(stranger_api, PEOPLE, {"name": "Bea"}).status_code == 201
    assert [p.name for p in Person.objects.filter(owner=stranger)] == ["Bea"]


def test_after_a_day_the_key_is_forgotten(api):
    first = once(api, VERIFY, pair(), format="multipart")
    old = timezone.now() - timedelta(hours=24, seconds=1)
    IdempotentRequest.objects.update(created_at=old)

    later = once(api, VERIFY, pair(), format="multipart")

    assert later.status_code == 202
    assert first.json()["id"] != later.json()["id"]
    assert IdempotentRequest.objects.count() == 1
    assert idempotency.prune() == 0


def test_within_the_day_it_is_kept(api):
    once(api, PEOPLE, {"name": "Ada"})
    IdempotentRequest.objects.update(created_at=timezone.now() - timedelta(hours=23))

    once(api, PEOPLE, {"name": "Ada"})

    assert Person.objects.count() == 1


def test_while_the_first_is_being_answered_the_second_is_told_to_come_back(api, monkeypatch, user):
    once(api, PEOPLE, {"name": "Ada"})
    IdempotentRequest.objects.update(status=None)
    monkeypatch.setattr(idempotency, "PATIENCE", 0)

    answer = once(api, PEOPLE, {"name": "Ada"})

    assert_problem(answer, 409, "idempotency_in_progress")
    assert int(answer["Retry-After"]) >= 1
    assert Person.objects.count() == 1


def test_a_request_whose_process_died_is_taken_over_and_not_done_twice(api):
    first = once(api, VERIFY, pair(), format="multipart")
    died = timezone.now() - timedelta(minutes=5)
    IdempotentRequest.objects.update(status=None, started_at=died)

    again = once(api, VERIFY, pair(), format="multipart")

    assert again.status_code == 202, again.content
    assert first.json()["id"] == again.json()["id"]
    assert Verification.objects.count() == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "ü", "a\tb"])
def test_a_bad_key_is_named(api, key):
    problem = assert_problem(once(api, PEOPLE, {"name": "Ada"}, key), 400, "invalid")

    assert list(problem["errors"]) == ["Idempotency-Key"]
    assert not Person.objects.exists()


def test_a_repetition_costs_a_few_queries_and_no_work(api, django_assert_num_queries):
    once(api, PEOPLE, {"name": "Ada"})
    # The key with its owner, and the kept answer.
    with django_assert_num_queries(2):
        once(api, PEOPLE, {"name": "Ada"})


def test_anonymous_is_told_to_authenticate_before_anything_is_kept(anonymous_api):
    assert_problem(once(anonymous_api, PEOPLE, {"name": "Ada"}), 401, "not_authenticated")
    assert not IdempotentRequest.objects.exists()
