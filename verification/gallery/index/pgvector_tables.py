"""The tables, functions and triggers of vectors in PostgreSQL; Django knows nothing of them.

A `space` is one gallery as one model sees it: its people ("person") or its photos ("anchor"). Its vectors are
a partition of their own, so that they are searched and dropped without touching others.

PostgreSQL itself, by triggers, notes each row whose vector is no longer right, and deletes that vector, in the
transaction that changes the gallery: whatever changes it, and whoever forgets about vectors, none is ever
older than its gallery. Embeddings are encrypted, so the new vector is written by `pgvector_writing.settle`.

A vector is written and deleted only by who has its person, or its anchor, locked: nobody can write the vector
of somebody who is erased at the same moment, and nobody waits in a circle.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction

OLDEST = (0, 8)  # of the extension: the first that goes on searching where a filter leaves too few

PERSON, ANCHOR = "person", "anchor"

TABLES = [
    "CREATE EXTENSION IF NOT EXISTS vector",
    """
    CREATE TABLE IF NOT EXISTS verification_vector_space (
        id bigserial PRIMARY KEY,
        gallery_id uuid NOT NULL,
        model_sha256 varchar(64) NOT NULL,
        kind varchar(6) NOT NULL CHECK (kind IN ('person', 'anchor')),
        is_ready boolean NOT NULL DEFAULT false,
        UNIQUE (gallery_id, kind, model_sha256)
    )
    """,
    # measured: whose operating points its number of photos has; each number is a search of its own.
    """
    CREATE TABLE IF NOT EXISTS verification_vector (
        space_id bigint NOT NULL,
        row_id uuid NOT NULL,
        person_id uuid,
        photos integer NOT NULL,
        measured integer NOT NULL,
        scaled halfvec NOT NULL,
        PRIMARY KEY (space_id, row_id)
    ) PARTITION BY LIST (space_id)
    """,
    "CREATE INDEX IF NOT EXISTS verification_vector_by_person ON verification_vector (person_id)",
    "CREATE INDEX IF NOT EXISTS verification_vector_by_measured ON verification_vector (measured)",
    # What is to be written anew; a row for each change, so that no transaction waits for another's.
    """
    CREATE TABLE IF NOT EXISTS verification_vector_change (
        id bigserial PRIMARY KEY,
        space_id bigint NOT NULL,
        row_id uuid NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS verification_vector_change_by_space "
    "ON verification_vector_change (space_id, id)",
]

FUNCTIONS = [
    # A space is opened by who has locked its gallery (`open_space`): whoever comes here waits for that, and
    # the statement after it sees the space. Changes of a gallery do not wait for each other here.
    """
    CREATE OR REPLACE FUNCTION verification_vector_changed(of_gallery uuid, of_kind text, of_row uuid)
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        space bigint;
        is_first boolean := true;
    BEGIN
        IF of_row IS NULL THEN
            RETURN;
        END IF;
        PERFORM 1 FROM verification_gallery WHERE id = of_gallery FOR KEY SHARE;
        FOR space IN SELECT id FROM verification_vector_space
                     WHERE gallery_id = of_gallery AND kind = of_kind LOOP
            IF is_first AND of_kind = 'person' THEN
                PERFORM 1 FROM verification_person WHERE id = of_row FOR NO KEY UPDATE;
            END IF;
            is_first := false;
            INSERT INTO verification_vector_change (space_id, row_id) VALUES (space, of_row);
            DELETE FROM verification_vector WHERE space_id = space AND row_id = of_row;
        END LOOP;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION verification_vector_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            PERFORM verification_vector_changed(OLD.gallery_id, 'person', OLD.person_id);
            PERFORM verification_vector_changed(OLD.gallery_id, 'anchor', OLD.id);
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN NULL;
        END IF;
        IF TG_OP = 'INSERT' OR (OLD.gallery_id, OLD.person_id)
                               IS DISTINCT FROM (NEW.gallery_id, NEW.person_id) THEN
            PERFORM verification_vector_changed(NEW.gallery_id, 'person', NEW.person_id);
            PERFORM verification_vector_changed(NEW.gallery_id, 'anchor', NEW.id);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION verification_vector_person() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM verification_vector_changed(OLD.gallery_id, 'person', OLD.id);
        IF TG_OP = 'UPDATE' AND OLD.gallery_id <> NEW.gallery_id THEN
            PERFORM verification_vector_changed(NEW.gallery_id, 'person', NEW.id);
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION verification_vector_gallery() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        space bigint;
    BEGIN
        FOR space IN DELETE FROM verification_vector_space WHERE gallery_id = OLD.id RETURNING id LOOP
            DELETE FROM verification_vector WHERE space_id = space;
            DELETE FROM verification_vector_change WHERE space_id = space;
        END LOOP;
        RETURN NULL;
    END $$
    """,
]

_EMBEDDING = ", ".join(
    f"{{row}}.{column}"
    for column in (
        "gallery_id", "person_id", "state", "deleted_in_id", "model_sha256", "embedding",
    )
)  # fmt: skip
TRIGGERS = {
    "verification_anchor": {
        "INSERT": "NEW.state = 'ready'",
        "DELETE": "OLD.state = 'ready'",
        "UPDATE": "(OLD.state = 'ready' OR NEW.state = 'ready') AND "
        f"({_EMBEDDING.format(row='OLD')}) IS DISTINCT FROM ({_EMBEDDING.format(row='NEW')})",
    },
    "verification_person": {
        "DELETE": "true",
        "UPDATE": "(OLD.gallery_id, OLD.deleted_in_id) IS DISTINCT FROM "
        "(NEW.gallery_id, NEW.deleted_in_id)",
    },
    "verification_gallery": {"DELETE": "true"},
}


@dataclass(frozen=True)
class Space:
    """A gallery's people or anchors as a model sees them. `is_ready`: all of them have been written."""

    id: int
    gallery_id: UUID
    model_sha256: str
    kind: str
    is_ready: bool

    @property
    def partition(self) -> str:
        return partition_of(self.id)


def partition_of(space_id: int) -> str:
    return f"verification_vector_{space_id}"


def prepare() -> None:
    """Make all of it where it is not there as this version makes it. Raises DatabaseError where the
    extension cannot be made."""
    statements = [*TABLES, *FUNCTIONS, *_triggers()]
    version = hashlib.sha256("".join(statements).encode()).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        # Machines may start at once; and triggers wait for whoever writes, so they are made once.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('verification_vector'))")
        cursor.execute("SELECT obj_description(to_regclass('verification_vector'))")
        if cursor.fetchone() == (version,):
            return
        for statement in statements:
            cursor.execute(statement)
        cursor.execute(f"COMMENT ON TABLE verification_vector IS '{version}'")


def remove() -> None:
    """Leave nothing of it but the extension, which others may use."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, events in TRIGGERS.items():
            for event in events:
                cursor.execute(f"DROP TRIGGER IF EXISTS {_trigger(table, event)} ON {table}")
        for function in ("anchor", "person", "gallery", "changed"):
            cursor.execute(f"DROP FUNCTION IF EXISTS verification_vector_{function}")
        cursor.execute(
            "DROP TABLE IF EXISTS verification_vector, verification_vector_space, "
            "verification_vector_change"
        )


def are_there() -> bool:
    """Whether the tables are."""
    return rows("SELECT to_regclass('verification_vector_space')")[0][0] is not None


def rows(statement: str, values: dict[str, Any] | None = None) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def done(statement: str, values: dict[str, Any] | None = None) -> int:
    """Run a statement that answers nothing; how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.rowcount


def extension_version() -> tuple[int, ...] | None:
    """Of the extension in this database, or, where it is not made yet, that the server could make; None
    where it has none."""
    found = rows(
        "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions "
        "WHERE name = 'vector'"
    )
    return tuple(int(part) for part in found[0][0].split(".")) if found else None


def _triggers() -> list[str]:
    return [
        f"CREATE OR REPLACE TRIGGER {_trigger(table, event)} AFTER {event} ON {table} "
        f"FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION verification_vector_{table.rpartition('_')[2]}()"
        for table, events in TRIGGERS.items()
        for event, when in events.items()
    ]


def _trigger(table: str, event: str) -> str:
    return f"{table}_vector_{event.lower()}"
