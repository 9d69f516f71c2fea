"""API keys: `Authorization: Bearer fv_...`"""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import ApiKey
from accounts.services import api_key_create, api_key_revoke
from tests.support.problems import assert_problem

URL = "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


def get(authorization: str):
    return APIClient().get(URL, headers={"Authorization": authorization})


def test_a_key_signs_in_and_its_use_is_noted(user):
    key, secret = api_key_create(owner=user, name="front desk")

    assert get(f"Bearer {secret}").status_code == 200
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_a_revoked_key_is_refused(user):
    key, secret = api_key_create(owner=user, name="front desk")
    api_key_revoke(key=key)

    assert_problem(get(f"Bearer {secret}"), 401, "invalid_api_key")


def test_an_expired_key_is_refused(user):
    key, secret = api_key_create(owner=user, name="front desk")
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert_problem(get(f"Bearer {secret}"), 401, "invalid_api_key")


def test_the_key_of_a_closed_account_is_refused(user):
    _key, secret = api_key_create(owner=user, name="front desk")
    type(user).objects.update(is_active=False)

    assert_problem(get(f"Bearer {secret}"), 401, "invalid_api_key")


@pytest.mark.parametrize(
    "secret",
    ["", "fv_", "fv_wrong", "x" * 5000, "fv_ü"],
    ids=["none", "start", "wrong", "long", "umlaut"],
)
def test_a_wrong_key_is_refused(db, secret):
    assert_problem(get(f"Bearer {secret}"), 401, "invalid_api_key")


def test_a_key_in_the_address_does_nothing(user):
    _key, secret = api_key_create(owner=user, name="front desk")

    answer = APIClient().get(URL, {"api_key": secret, "token": secret})

    assert_problem(answer, 401, "not_authenticated")


def test_a_session_signs_in_too(user):
    client = APIClient()
    client.force_login(user)

    assert client.get(URL).status_code == 200
