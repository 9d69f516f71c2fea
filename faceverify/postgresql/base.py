"""The backend that DATABASES names, see https://docs.djangoproject.com/en/5.2/ref/databases/.

A server that is stopped or swapped out still takes what it is sent, so that neither keepalives nor
`tcp_user_timeout` notice anything, and its own `statement_timeout` does not run. Only the client can
give up then.

Behind PgBouncer in transaction mode the client has to do it in every case: a setting of the session would
stay in a connection that others get next, a migration for one.
"""

import select
import time
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import waiting
from psycopg.errors import OperationalError, _WaitTimeout

from .patience import SERVER_FIRST, SLOW, Patience


class Connection(psycopg.Connection):
    """One that is closed where an answer does not come in time: OperationalError, without a code, as for
    every lost connection."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None and Patience.seconds:
            timeout = Patience.seconds + (0 if settings.FACEVERIFY_PGBOUNCER else SERVER_FIRST)
        try:
            try:
                return super().wait(gen, interval=interval, timeout=timeout)
            except _WaitTimeout:
                if not settings.FACEVERIFY_PGBOUNCER:
                    raise
                return self._cancelled(gen, interval)
        except _WaitTimeout as error:
            self.pgconn.finish()
            Patience.lost()
            raise OperationalError("The server has not answered in time.") from error

    def _cancelled(self, gen: Any, interval: float) -> Any:
        """What the server answers to being asked to give up: QueryCanceled is raised, as by its own
        `statement_timeout`, or the result was on its way. Raises _WaitTimeout where it is silent."""
        self._try_cancel(timeout=SERVER_FIRST)
        return waiting.wait(gen, self.pgconn.socket, interval=interval, timeout=SERVER_FIRST)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if Patience.is_lost():
            raise OperationalError("The server has not answered a moment ago.")
        began = time.monotonic()
        try:
            connection = super().get_new_connection(conn_params)
        except OperationalError:
            if time.monotonic() - began > SLOW:
                Patience.lost()
            raise
        connection.__class__ = Connection  # Django has no place to name it
        return connection

    def is_usable(self) -> bool:
        """Django asks the server before each request. A server that has closed a connection has said so:
        only then is there anything to read on one that nobody uses."""
        connection = self.connection
        if connection is None or connection.closed:
            return False
        return not _has_word(connection.fileno()) or super().is_usable()

    def init_connection_state(self) -> None:
        """A statement that takes too long is given up by the server too, and the connection stays."""
        super().init_connection_state()
        if Patience.seconds and not settings.FACEVERIFY_PGBOUNCER:
            milliseconds = int(1000 * Patience.seconds)
            with self.wrap_database_errors:
                self.connection.execute(f"SET statement_timeout = {milliseconds}")


def _has_word(descriptor: int) -> bool:
    """Whether something has come on this socket, or it was closed at the other end."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    return bool(waiting.poll(0))
