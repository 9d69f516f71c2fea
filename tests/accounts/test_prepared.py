"""Statements that are made once read what is there now."""

import pytest

from accounts.models import ApiKey, User
from accounts.prepared import Prepared
from accounts.selectors import api_key_find
from accounts.services import api_key_create, api_key_revoke

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return User.objects.create_user("owner@example.org", None)


def test_a_row_comes_with_the_one_it_points_to(owner, django_assert_num_queries):
    made, _secret = api_key_create(owner=owner, name="program")
    by_prefix = Prepared(
        lambda prefix: ApiKey.objects.select_related("owner").filter(prefix=prefix)
    )

    with django_assert_num_queries(1):
        (found,) = by_prefix.run(made.prefix)
        assert found.owner == owner

    for field in ApiKey._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(made, field.attname), field.attname
    assert by_prefix.run("another") == []


def test_a_key_ends_as_soon_as_it_is_revoked(owner):
    key, secret = api_key_create(owner=owner, name="program")
    assert api_key_find(secret=secret) == key

    api_key_revoke(key=key)

    assert api_key_find(secret=secret) is None


def test_a_key_ends_with_its_owner(owner):
    _key, secret = api_key_create(owner=owner, name="program")

    User.objects.filter(pk=owner.pk).update(is_active=False)

    assert api_key_find(secret=secret) is None
