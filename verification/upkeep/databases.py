"""The whole database as one stream, and back: SQLite by its backup API, PostgreSQL by pg_dump."""

import glob
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction

from ..gallery.index.pgvector_tables import remove as remove_vectors
from ..jobs.files import models_with_files
from ..jobs.models import job_models

PIECE = 1024 * 1024
LOCKED_SECONDS = 30
TEMPORARY = ".copy-of-database-"  # in VAR_DIR, which is for this user alone
Ids = dict[str, set[UUID]]


class DatabaseNotCopied(Exception):
    """It could not be read or written; the words say what to do."""


def dump(out: BinaryIO) -> Ids:
    """Write the database, as it is at one moment but for rows that only pass, and give the ids of the
    rows that have files then, by the root of their folders. The site may run meanwhile. Raises
    DatabaseNotCopied."""
    return _dump_sqlite(out) if connection.vendor == "sqlite" else _dump_postgresql(out)


def load(source: BinaryIO) -> None:
    """Put what `dump` wrote in the place of the whole database. Raises DatabaseNotCopied."""
    if connection.vendor == "sqlite":
        _load_sqlite(source)
    else:
        _load_postgresql(source)
    connection.close()


def _ids(select: Callable[[str], Iterator[tuple]]) -> Ids:
    return {
        model.ROOT: {
            id if isinstance(id, UUID) else UUID(id)
            for (id,) in select(f'SELECT id FROM "{model._meta.db_table}"')  # noqa: S608  our own names
        }
        for model in models_with_files()
        if not model.PASSING
    }


def _passing_tables() -> list[str]:
    passing: list[type[models.Model]] = [model for model in job_models() if model.PASSING]
    derived = [model for model in apps.get_models() if getattr(model, "DERIVED", False)]
    return [model._meta.db_table for model in passing + derived]


# SQLite


@contextmanager
def _temporary_database() -> Iterator[Path]:
    for left in settings.VAR_DIR.glob(f"{TEMPORARY}*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY, dir=settings.VAR_DIR) as folder:
        yield Path(folder) / "db.sqlite3"


def _dump_sqlite(out: BinaryIO) -> Ids:
    with _temporary_database() as path:
        # The live database is read in one go: writers are not kept waiting, for it has a WAL.
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            _copy(connection.connection, copy)
            copy.execute("PRAGMA journal_mode=DELETE")  # all of it in one file
            copy.execute("PRAGMA secure_delete=ON")  # nothing is left in the file of what goes
            for table in _passing_tables():
                copy.execute(f'DELETE FROM "{table}"')  # noqa: S608  our own names
            copy.commit()
            ids = _ids(copy.execute)
        with path.open("rb") as file:
            shutil.copyfileobj(file, out, PIECE)
    return ids


def _load_sqlite(source: BinaryIO) -> None:
    with _temporary_database() as path:
        with path.open("wb") as file:
            shutil.copyfileobj(source, file, PIECE)
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            _copy(copy, connection.connection)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    began = time.monotonic()

    def look(status: int, _left: int, _all: int) -> None:
        """Called after each try: without it a database that stays locked is waited for for ever."""
        locked = status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
        if locked and time.monotonic() > began + LOCKED_SECONDS:
            raise DatabaseNotCopied(
                "Another process keeps the database locked: stop web and workers first."
            )

    try:
        source.backup(target, progress=look)
    except sqlite3.Error as error:
        raise DatabaseNotCopied(f"The database could not be copied: {error}.") from error


# PostgreSQL


def _dump_postgresql(out: BinaryIO) -> Ids:
    program = _program("pg_dump")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()

        def select(query: str) -> Iterator[tuple]:
            cursor.execute(query)
            return iter(cursor.fetchall())

        ids = _ids(select)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        options += [f"--exclude-table-data={table}" for table in _passing_tables()]
        options += _without_vectors(select)
        with _running(program, options, stdout=subprocess.PIPE) as process:
            shutil.copyfileobj(process.stdout, out, PIECE)
    return ids


def _without_vectors(select: Callable[[str], Iterator[tuple]]) -> list[str]:
    """The options by which pg_dump leaves out the vectors of searches, which are made again from what is
    sealed, and the extension that they need, which the server of a restored site may not have."""
    others = select("SELECT extname FROM pg_extension WHERE extname <> 'vector'")
    return [
        "--exclude-table=verification_vector*",
        *(f'--extension="{name}"' for (name,) in others),
    ]


def _load_postgresql(source: BinaryIO) -> None:
    program = _program("pg_restore")
    # Tables of a newer version than the backup's would be in the way of its migrations.
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE")
    connection.close()
    options = [
        "--clean", "--if-exists", "--no-owner", "--no-privileges", "--exit-on-error",
        "--single-transaction",
    ]  # fmt: skip
    with _running(program, options, stdin=subprocess.PIPE) as process:
        try:
            shutil.copyfileobj(source, process.stdin, PIECE)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it says why
    # Triggers of the backup's searches have no tables; `migrate` makes all of it where it is wanted.
    remove_vectors()


def _program(name: str) -> str:
    if (
        settings.FACEVERIFY_PGBOUNCER
    ):  # they leave settings behind in connections that others get next
        raise DatabaseNotCopied(
            f"The program {name} cannot work through PgBouncer: run this command with the DATABASE_URL "
            "of PostgreSQL itself and FACEVERIFY_PGBOUNCER=false."
        )
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda f: int(f.split("/")[4]))
    found = shutil.which(name) or shutil.which(name, path=folders[-1] if folders else "")
    if found is None:
        raise DatabaseNotCopied(
            f"The program {name} is not installed: install the client programs of PostgreSQL "
            "(postgresql-client), of the server's version or a newer one."
        )
    return found


@contextmanager
def _running(
    program: str, options: list[str], *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[Any]:
    """A program of PostgreSQL that works on the database; its pipes are to be used up in the context.
    The password goes by the environment, where no other user sees it."""
    psql, environment = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    *where, name = psql[1:]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  the operator's own settings
            [program, *options, *where, f"--dbname={name}"],
            env=os.environ | (environment or {}), stdin=stdin, stdout=stdout, stderr=said,
        )  # fmt: skip
        try:
            yield process
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            said.seek(0)
            reason = said.read(2000).decode(errors="replace").strip()
            raise DatabaseNotCopied(f"{Path(program).name} failed: {reason}")
