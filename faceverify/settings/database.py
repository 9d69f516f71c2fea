"""SQLite or PostgreSQL."""

from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from .. import env, private_paths
from .paths import MEDIA_ROOT, VAR_DIR

SQLITE_OPTIONS = {
    # A write transaction waits for its lock at its start. Otherwise it could fail in the middle
    # with "database is locked", for web and worker both write.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # What is deleted is overwritten, and does not stay readable in free pages.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA secure_delete=ON;",
}
# A server that is gone without a word is noticed within seconds, not minutes.
POSTGRES_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds
}
# For so long a web process waits for a statement of PostgreSQL, a worker for WORKER_PATIENCE times
# as long, a command without end; see faceverify/postgresql.
FACEVERIFY_DATABASE_SECONDS = env.integer("FACEVERIFY_DATABASE_SECONDS", 8, low=1, high=3600)
WORKER_PATIENCE = 4
# Whether DATABASE_URL leads to PgBouncer in transaction mode: each transaction may have another
# connection to PostgreSQL, so nothing may be left behind in one.
FACEVERIFY_PGBOUNCER = env.boolean("FACEVERIFY_PGBOUNCER", False)
# What only this user should be able to read, see faceverify/checks.py.
FACEVERIFY_PRIVATE_PATHS = [VAR_DIR, MEDIA_ROOT]


def _in_memory(name: str) -> bool:
    return name in ("", ":memory:") or name.startswith("file:")


try:
    _database = dj_database_url.parse(
        env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}"),
        conn_max_age=60,
        conn_health_checks=True,
    )
except (ValueError, dj_database_url.ParseError) as error:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {type(error).__name__}.") from None
if _database["ENGINE"].endswith("sqlite3"):
    _database["ENGINE"] = "faceverify.sqlite3"
    _database["OPTIONS"] = {**SQLITE_OPTIONS, **_database.get("OPTIONS", {})}
    if not _in_memory(_database["NAME"]):
        _file = Path(_database["NAME"]).absolute()
        private_paths.private_database(_file)
        FACEVERIFY_PRIVATE_PATHS += [_file.parent, _file]
elif _database["ENGINE"].endswith("postgresql"):
    _database["ENGINE"] = "faceverify.postgresql"
    _database["OPTIONS"] = {**POSTGRES_OPTIONS, **_database.get("OPTIONS", {})}
    # A cursor that lives on the server would be read from another connection than it was opened on.
    _database["DISABLE_SERVER_SIDE_CURSORS"] = FACEVERIFY_PGBOUNCER
else:
    raise ImproperlyConfigured("DATABASE_URL: use sqlite:///... or postgresql://...")
if FACEVERIFY_PGBOUNCER and not _database["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("FACEVERIFY_PGBOUNCER=true needs DATABASE_URL=postgresql://...")
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
