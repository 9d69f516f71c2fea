"""The migration that gave scopes to keys."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


@pytest.mark.django_db(transaction=True)
def test_keys_made_before_keep_what_they_could_do_and_do_not_get_admin():
    def state(name: str):
        executor = MigrationExecutor(connection)
        executor.migrate([("accounts", name)])
        return executor.loader.project_state([("accounts", name)]).apps

    latest = MigrationExecutor(connection).loader.graph.leaf_nodes("accounts")[0][1]
    try:
        old = state("0001_initial")
        owner = old.get_model("accounts", "User").objects.create(email="a@example.org")
        old.get_model("accounts", "ApiKey").objects.create(
            owner=owner, name="camera", prefix="abc", digest="d" * 64
        )

        key = state("0002_key_scopes").get_model("accounts", "ApiKey").objects.get()

        assert key.scopes == ["verify", "gallery:read", "gallery:write", "history:read"]
    finally:
        state(latest)
