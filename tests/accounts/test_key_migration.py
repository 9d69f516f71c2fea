"""The migrations of what keys may do."""

import pytest

from tests.support.migrations import migrations


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_only_a_key_with_every_usual_scope_may_still_delete_verdicts():
    with migrations("accounts") as at:
        old = at("0002_key_scopes")
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        usual = ["verify", "gallery:read", "gallery:write", "history:read"]
        for digest, scopes in {"a": usual, "b": [*usual, "admin"], "c": ["verify"]}.items():
            old.get_model("accounts", "ApiKey").objects.create(
                owner=owner, name=digest, prefix="abc", digest=digest * 64, scopes=scopes
            )

        keys = at("0003_history_write").get_model("accounts", "ApiKey").objects

        assert dict(keys.values_list("name", "scopes")) == {
            "a": [*usual, "history:write"],
            "b": [*usual, "history:write", "admin"],
            "c": ["verify"],
        }
