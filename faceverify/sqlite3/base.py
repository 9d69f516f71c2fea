"""The backend that DATABASES names, see https://docs.djangoproject.com/en/5.2/ref/databases/.

SQLite lets one write at a time. Who has to wait looks again after pauses that SQLite lets grow to a tenth of a second
(https://www.sqlite.org/c3ref/busy_timeout.html): whoever has waited longest looks least often, those who have just come
overtake it, and it waits for seconds where each of the others writes for a few milliseconds. Here the pauses
start anew before they are long, so everybody who waits has the same chance.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

T = TypeVar("T")

# SQLite looks 1, 3 and 8 ms after the first time, and gives up then.
PAUSES = 8
# Another one writes, or opens the database after a crash. Not SQLITE_BUSY_SNAPSHOT, which does not pass by itself.
BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY)


class Connection(sqlite3.Connection):
    patience = 0.0  # seconds

    def when_free(self, work: Callable[..., T], *args: Any) -> T:
        """What `work` gives once nobody else writes. Raises OperationalError ("database is locked") when
        that does not come about within `patience`."""
        until = time.monotonic() + self.patience
        while True:
            try:
                return work(*args)
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", None) not in BUSY or time.monotonic() > until:
                    raise
            time.sleep(0.001)  # where it reads something already, SQLite gives up without any pause

    def commit(self) -> None:
        self.when_free(super().commit)


class Cursor(base.SQLiteCursorWrapper):
    connection: Connection

    def execute(self, query: str, params: Any = None) -> Any:
        return self.connection.when_free(super().execute, query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        if self.connection.in_transaction:  # it has the right to write already
            return super().executemany(query, param_list)
        for params in param_list:
            self.execute(query, params)
        return self


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        connection: Connection = super().get_new_connection({**conn_params, "factory": Connection})
        connection.patience = float(conn_params["timeout"])
        connection.execute(f"PRAGMA busy_timeout = {PAUSES}")
        return connection

    def create_cursor(self, name: str | None = None) -> Cursor:
        return self.connection.cursor(factory=Cursor)
