"""/api/v1/keys/"""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.selectors import api_key_find
from accounts.services import api_key_create, api_key_revoke
from tests.support.clients import program
from tests.support.present import present
from tests.support.problems import assert_problem

URL = "/api/v1/keys/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(user):
    """A program that may manage its owner's keys."""
    return program(user, scopes=["admin"])


@pytest.fixture
def key(user):
    return api_key_create(owner=user, name="camera", scopes=["verify"])[0]


def one(key) -> str:
    return f"{URL}{key.pk}/"


def listed_with(secret: str):
    headers = {"Authorization": f"Bearer {secret}"}
    return APIClient().get("/api/v1/verifications/", headers=headers)


def test_a_key_is_made_and_its_secret_shown_once(admin, user):
    answer = admin.post(URL, {"name": "camera", "scopes": ["verify"]}, format="json")

    assert answer.status_code == 201, answer.content
    made = answer.json()
    key = present(api_key_find(secret=made["secret"]))
    assert (str(key.pk), key.owner, key.scopes) == (made["id"], user, ["verify"])
    assert answer["Location"].endswith(one(key))
    assert "secret" not in admin.get(one(key)).json()
    assert made["secret"] not in admin.get(URL).content.decode()


def test_a_key_ends_when_it_was_told_to(admin):
    end = timezone.now() + timedelta(days=3)

    made = admin.post(URL, {"name": "camera", "expires_at": end.isoformat()}, format="json").json()

    assert parse_datetime(made["expires_at"]) == end
    assert made["scopes"] == [
        "verify",
        "gallery:read",
        "gallery:write",
        "history:read",
        "history:write",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("scopes", []),
        ("scopes", ["everything"]),
        ("expires_at", "2001-01-01T00:00:00Z"),
    ],
)
def test_a_bad_field_is_named(admin, field, value):
    answer = admin.post(URL, {"name": "camera", field: value}, format="json")

    errors = assert_problem(answer, 400, "invalid")["errors"]
    assert {name.split(".")[0] for name in errors} == {field}
    assert ApiKey.objects.count() == 1


def test_use_is_told_with_time_and_address(admin, user):
    key, secret = api_key_create(owner=user, name="camera", scopes=["history:read"])
    assert admin.get(one(key)).json()["last_used_at"] is None
    assert listed_with(secret).status_code == 200

    told = admin.get(one(key)).json()

    assert told["last_used_at"]
    assert told["last_used_address"] == "127.0.0.1"


def test_name_scopes_and_end_can_be_changed(admin, key):
    answer = admin.patch(one(key), {"name": "gate", "scopes": ["gallery:read"]}, format="json")

    assert answer.status_code == 200, answer.content
    key.refresh_from_db()
    assert (key.name, key.scopes) == ("gate", ["gallery:read"])
    api_key_revoke(key=key)
    assert_problem(admin.patch(one(key), {"name": "x"}, format="json"), 409, "conflict")


def test_rotation_gives_a_new_key_and_leaves_the_old_one_for_a_while(admin, key):
    answer = admin.post(f"{one(key)}rotate/", {"overlap_hours": 1}, format="json")

    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["follows"] == str(key.pk)
    assert present(api_key_find(secret=made["secret"])).scopes == ["verify"]
    key.refresh_from_db()
    assert key.is_active
    assert key.expires_at <= timezone.now() + timedelta(hours=1)
    again = admin.post(f"{one(key)}rotate/", {}, format="json")
    assert_problem(again, 409, "conflict")


@pytest.mark.parametrize("hours", [-1, 169, "soon"])
def test_a_bad_overlap_is_named(admin, key, hours):
    answer = admin.post(f"{one(key)}rotate/", {"overlap_hours": hours}, format="json")

    assert list(assert_problem(answer, 400, "invalid")["errors"]) == ["overlap_hours"]
    assert not ApiKey.objects.filter(follows=key).exists()


def test_a_revoked_key_is_turned_away_from_the_next_request_on(admin, user):
    key, secret = api_key_create(owner=user, name="camera", scopes=["history:read"])
    assert listed_with(secret).status_code == 200

    assert admin.delete(one(key)).status_code == 204

    assert_problem(listed_with(secret), 401, "invalid_api_key")
    assert admin.get(one(key)).json()["is_active"] is False


def test_the_scope_admin_is_needed_and_the_problem_says_so(api, key):
    for answer in (
        api.get(URL),
        api.get(one(key)),
        api.post(URL, {"name": "x"}, format="json"),
        api.patch(one(key), {"name": "x"}, format="json"),
        api.post(f"{one(key)}rotate/", {}, format="json"),
        api.delete(one(key)),
    ):
        body = assert_problem(answer, 403, "missing_scope")
        assert body["required_scopes"] == ["admin"]
        assert "“admin”" in body["detail"]
    key.refresh_from_db()
    assert (key.name, key.is_active, ApiKey.objects.count()) == ("camera", True, 2)


def test_a_stranger_finds_nothing_and_changes_nothing(stranger, key):
    other = program(stranger, scopes=["admin"])

    assert [row["name"] for row in other.get(URL).json()["results"]] == ["program"]
    for answer in (
        other.get(one(key)),
        other.patch(one(key), {"name": "x"}, format="json"),
        other.post(f"{one(key)}rotate/", {}, format="json"),
        other.delete(one(key)),
    ):
        assert_problem(answer, 404, "not_found")
    key.refresh_from_db()
    assert (key.name, key.is_active) == ("camera", True)


def test_anonymous_is_told_to_authenticate(anonymous_api, key):
    for answer in (
        anonymous_api.get(URL),
        anonymous_api.post(URL, {"name": "x"}, format="json"),
        anonymous_api.delete(one(key)),
    ):
        assert_problem(answer, 401, "not_authenticated")
    assert ApiKey.objects.get() == key


def test_a_session_may_manage_keys_with_the_csrf_token_only(user, key):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(user)

    assert browser.get(URL).status_code == 200
    assert_problem(browser.delete(one(key)), 403, "permission_denied")
    key.refresh_from_db()
    assert key.is_active


def test_the_number_of_queries_does_not_grow_with_the_keys(admin, user, django_assert_num_queries):
    admin.get(URL)  # notes that the key was used
    for _ in range(2):
        for n in range(5):
            api_key_create(owner=user, name=f"{n}")
        with django_assert_num_queries(2):  # the key with its owner; the page
            admin.get(URL)
