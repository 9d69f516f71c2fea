"""The migration that gave scopes to keys."""

import pytest

from tests.support.migrations import migrations


@pytest.mark.django_db(transaction=True)
def test_keys_made_before_keep_what_they_could_do_and_do_not_get_admin():
    with migrations("accounts") as at:
        old = at("0001_initial")
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        old.get_model("accounts", "ApiKey").objects.create(
            owner=owner, name="camera", prefix="abc", digest="d" * 64
        )

        key = at("0002_key_scopes").get_model("accounts", "ApiKey").objects.get()

        assert key.scopes == ["verify", "gallery:read", "gallery:write", "history:read"]
