"""API keys: shown once, stored as a hash, ended for good."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import ApiKey
from accounts.selectors import api_key_find, api_key_get, api_key_list
from accounts.services import (
    KEYS_PER_USER,
    KeyNotActive,
    api_key_create,
    api_key_revoke,
    api_key_rotate,
    api_key_touch,
)
from tests.support.present import present

pytestmark = pytest.mark.django_db


def test_the_secret_is_stored_nowhere(user):
    key, secret = api_key_create(owner=user, name="  front   desk ")

    assert secret.startswith("fv_" + key.prefix)
    assert len(secret) >= 40
    assert key.name == "front desk"
    stored = ApiKey.objects.values().get()
    assert not [value for value in stored.values() if secret in str(value)]
    assert api_key_find(secret=secret) == key


def test_two_keys_differ(user):
    assert api_key_create(owner=user, name="a")[1] != api_key_create(owner=user, name="a")[1]


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_key_needs_a_name(user, name):
    with pytest.raises(ValidationError) as refused:
        api_key_create(owner=user, name=name)

    assert list(refused.value.message_dict) == ["name"]
    assert not ApiKey.objects.exists()


def test_an_expiry_in_the_past_is_refused(user):
    with pytest.raises(ValidationError) as refused:
        api_key_create(owner=user, name="a", expires_at=timezone.now() - timedelta(days=1))

    assert list(refused.value.message_dict) == ["expires_at"]


def test_keys_in_force_are_limited_revoked_ones_do_not_count(user):
    keys = [api_key_create(owner=user, name=f"{n}")[0] for n in range(KEYS_PER_USER)]
    with pytest.raises(ValidationError):
        api_key_create(owner=user, name="one more")

    api_key_revoke(key=keys[0])
    assert api_key_create(owner=user, name="one more")


def test_revoking_again_keeps_the_first_time(user):
    key, secret = api_key_create(owner=user, name="a")
    first = api_key_revoke(key=key).revoked_at

    assert api_key_revoke(key=key).revoked_at == first
    assert not key.is_active
    assert api_key_find(secret=secret) is None


def test_use_is_noted_to_the_minute(user):
    key, _secret = api_key_create(owner=user, name="a")
    api_key_touch(key=key, address="192.0.2.7")
    key.refresh_from_db()
    first = key.last_used_at
    api_key_touch(key=key, address="192.0.2.8")
    key.refresh_from_db()
    assert (key.last_used_at, key.last_used_address) == (first, "192.0.2.7")

    key.last_used_at = timezone.now() - timedelta(minutes=2)
    key.save()
    api_key_touch(key=key)
    key.refresh_from_db()
    assert present(key.last_used_at) > present(first)


def test_keys_are_the_owners(user, stranger):
    key, _secret = api_key_create(owner=user, name="a")

    assert list(api_key_list(owner=stranger)) == []
    with pytest.raises(Http404):
        api_key_get(owner=stranger, id=key.pk)
    with pytest.raises(Http404):
        api_key_get(owner=user, id="seven")
    assert api_key_get(owner=user, id=str(key.pk)) == key


def test_a_key_may_do_all_but_manage_keys_unless_told_otherwise(user):
    usual, _secret = api_key_create(owner=user, name="a")
    chosen, _secret = api_key_create(owner=user, name="b", scopes={"admin", "verify"})

    assert usual.scopes == [
        "verify",
        "gallery:read",
        "gallery:write",
        "history:read",
        "history:write",
    ]
    assert chosen.scopes == ["verify", "admin"]


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_key_needs_known_scopes(user, scopes):
    with pytest.raises(ValidationError) as refused:
        api_key_create(owner=user, name="a", scopes=scopes)

    assert list(refused.value.message_dict) == ["scopes"]
    assert not ApiKey.objects.exists()


def test_a_rotated_key_lives_on_for_the_overlap(user):
    old, secret = api_key_create(owner=user, name="a", scopes=["verify"])

    new, fresh = api_key_rotate(key=old, overlap_hours=2)

    old.refresh_from_db()
    assert timedelta(hours=1) < present(old.expires_at) - timezone.now() <= timedelta(hours=2)
    assert (new.name, new.scopes, new.expires_at, new.follows) == ("a", ["verify"], None, old)
    assert api_key_find(secret=secret) == old
    assert api_key_find(secret=fresh) == new


def test_rotation_without_overlap_ends_the_old_key_at_once(user):
    old, secret = api_key_create(owner=user, name="a")

    api_key_rotate(key=old, overlap_hours=0)

    assert api_key_find(secret=secret) is None


def test_rotation_never_makes_an_old_key_live_longer(user):
    end = timezone.now() + timedelta(hours=1)
    old, _secret = api_key_create(owner=user, name="a", expires_at=end)

    new, _fresh = api_key_rotate(key=old, overlap_hours=100)

    old.refresh_from_db()
    assert old.expires_at == new.expires_at == end


def test_a_key_that_ended_or_was_rotated_is_not_rotated(user):
    ended = api_key_revoke(key=api_key_create(owner=user, name="a")[0])
    rotated, _secret = api_key_create(owner=user, name="b")
    api_key_rotate(key=rotated)

    for key in (ended, rotated):
        with pytest.raises(KeyNotActive):
            api_key_rotate(key=key)
    assert ApiKey.objects.count() == 3
