"""The tables of a new installation, made once for each state of the migrations and copied from then on: to
migrate takes longer than most tests.

They are kept in pytest's own folder, where every process of a run finds them.
"""

import contextlib
import fcntl
import functools
import hashlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".pytest_cache" / "tables"
SOURCES = ("accounts", "faceverify", "verification")
IMPORT = re.compile(rf"^\s*(?:from|import) ((?:{'|'.join(SOURCES)})[.\w]*)", re.MULTILINE)
EMPTY = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@functools.cache
def sqlite_tables() -> bytes:
    """The file of a SQLite database with all tables and nothing in them."""
    return _kept("sqlite3", _migrated_sqlite)


def fill_sqlite(name: str) -> sqlite3.Connection:
    """Give the database of this name all tables; a connection to it, which keeps one in memory alive."""
    filled = sqlite3.connect(name, uri=True, check_same_thread=False)
    with tempfile.NamedTemporaryFile(suffix=".sqlite3") as file:
        file.write(sqlite_tables())
        file.flush()
        with contextlib.closing(sqlite3.connect(file.name)) as source:
            source.execute("PRAGMA journal_mode = DELETE")  # a database in memory has no other
            source.backup(filled)
    return filled


def fill_postgres(url: str) -> bool:
    """Give this PostgreSQL database all tables, if it has none; whether it has them now."""
    import psycopg

    pg_dump = shutil.which("pg_dump")
    if not pg_dump:
        return False
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute(EMPTY).fetchall() != [(0,)]:
            return False
        version = connection.info.server_version

        def migrated() -> bytes:
            _migrate({"DATABASE_URL": url})
            return subprocess.run(
                [pg_dump, "--no-owner", "--inserts", "--dbname", url],
                check=True, capture_output=True, timeout=60,
            ).stdout  # fmt: skip

        statements = _kept(f"{version}.sql", migrated).decode()
        if connection.execute(EMPTY).fetchall() == [(0,)]:
            lines = statements.splitlines()
            connection.execute(
                "\n".join(line for line in lines if not line.startswith("\\")).encode()
            )  # without the commands to psql
    return True


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    """What `make` gives for the migrations as they are now."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{_source()}.{name}"
    with (KEPT / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back when its process ends, whatever ends it
        if not file.exists():
            made = make()
            for former in KEPT.glob(f"*.{name}"):
                former.unlink()
            part = file.with_suffix(".part")
            part.write_bytes(made)
            part.rename(file)
        return file.read_bytes()


@functools.cache
def _source() -> str:
    """Another one for other migrations, and for other modules of ours that they import."""
    migrations = {path for name in SOURCES for path in (ROOT / name).rglob("migrations/*.py")}
    imported = {
        ROOT.joinpath(*name.split(".")).with_suffix(".py")
        for path in migrations
        for name in IMPORT.findall(path.read_text())
    }
    digest = hashlib.sha256((ROOT / "requirements-serve.txt").read_bytes())
    for path in sorted(migrations | {path for path in imported if path.exists()}):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:32]


def _migrated_sqlite() -> bytes:
    with tempfile.TemporaryDirectory(prefix="faceverify-tables-") as folder:
        file = Path(folder) / "db.sqlite3"
        _migrate({"DATABASE_URL": f"sqlite:///{file}"})
        return file.read_bytes()


def _migrate(environment: dict[str, str]) -> None:
    from tests.support.servers import installation

    with tempfile.TemporaryDirectory(prefix="faceverify-tables-") as folder:
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT, env=installation(Path(folder)) | environment, check=True, timeout=600,
        )  # fmt: skip
