"""Access keys for clients of Amazon Rekognition: derived, shown once, ended with the API key."""

import re

import pytest

from accounts.access_keys import api_key_by_access_id, pair_of
from accounts.models import ApiKey
from accounts.services import api_key_create, api_key_revoke, api_key_rotate
from tests.support.clients import program
from tests.support.present import present

KEYS, PAGE = "/api/v1/keys/", "/account/keys/"
OTHER_MASTER = "another-master-key-of-32-characters-or-more"

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(user):
    return api_key_create(owner=user, name="camera")[0]


def test_an_access_key_looks_as_those_of_aws_and_leads_to_its_api_key(key):
    access = present(pair_of(key))

    assert re.fullmatch("FV[A-Z2-7]{26}", access.id)
    assert re.fullmatch("[A-Za-z0-9_-]{40}", access.secret)
    assert api_key_by_access_id(access.id) == key
    assert access.secret not in repr(access)


def test_the_secret_is_stored_nowhere(key):
    access = present(pair_of(key))

    stored = ApiKey.objects.values().get()
    assert not [value for value in stored.values() if access.secret in str(value)]


def test_the_api_shows_it_when_the_key_is_made_or_rotated_and_never_again(user):
    admin = program(user, scopes=["admin"])

    made = admin.post(KEYS, {"name": "a"}, format="json").json()
    rotated = admin.post(f"{KEYS}{made['id']}/rotate/", {}, format="json").json()

    for shown in (made, rotated):
        access = present(pair_of(ApiKey.objects.get(pk=shown["id"])))
        assert (access.id, access.secret) == (shown["access_key_id"], shown["secret_access_key"])
    assert made["secret_access_key"] != rotated["secret_access_key"]
    assert made["secret_access_key"] not in admin.get(KEYS).content.decode()


def test_a_repeated_request_does_not_get_it(user):
    admin = program(user, scopes=["admin"])
    admin.post(KEYS, {"name": "a"}, format="json", headers={"Idempotency-Key": "1"})

    again = admin.post(KEYS, {"name": "a"}, format="json", headers={"Idempotency-Key": "1"})

    assert "secret_access_key" not in again.json()


def test_the_page_shows_it_once(owner):
    page = owner.post(PAGE, {"name": "a", "scopes": ["verify"]}).content.decode()

    access = present(pair_of(ApiKey.objects.get()))
    assert access.id in page
    assert access.secret in page
    assert access.secret not in owner.get(PAGE).content.decode()


def test_it_ends_with_its_api_key(key):
    access = present(pair_of(key))

    api_key_revoke(key=key)

    assert api_key_by_access_id(access.id) is None


def test_a_new_master_key_leaves_earlier_access_keys_as_they_are(key, user, settings):
    old = settings.FACEVERIFY_REKOGNITION_KEYS
    before = pair_of(key)

    settings.FACEVERIFY_REKOGNITION_KEYS = [OTHER_MASTER, *old]
    later = api_key_create(owner=user, name="later")[0]

    assert pair_of(key) == before
    settings.FACEVERIFY_REKOGNITION_KEYS = [OTHER_MASTER]
    assert pair_of(later)
    assert pair_of(key) is None  # its master key was taken away


def test_a_key_of_before_has_none_until_it_is_rotated(key):
    ApiKey.objects.update(access_master="")
    key.refresh_from_db()

    assert pair_of(key) is None
    assert pair_of(api_key_rotate(key=key)[0])


def test_there_are_none_where_the_interface_is_off(user, owner, settings):
    settings.FACEVERIFY_REKOGNITION = False
    admin = program(user, scopes=["admin"])

    made = admin.post(KEYS, {"name": "a"}, format="json").json()

    assert made["secret_access_key"] is None
    assert (
        "Rekognition" not in owner.post(PAGE, {"name": "b", "scopes": ["verify"]}).content.decode()
    )


@pytest.mark.parametrize("id", ["", "FV", "AKIAIOSFODNN7EXAMPLE", "FV" + "A" * 26, "FV" + "é" * 26])
def test_an_id_of_nobody_leads_nowhere(id):
    assert api_key_by_access_id(id) is None
