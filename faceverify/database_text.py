"""Text with a NUL character never reaches the database, from wherever a request brought it.

PostgreSQL cannot store or compare such text and fails; SQLite accepts it. Here both refuse it, and
the request is answered 400: words to search for, ids, cookies, forms that a library reads itself.
"""

from django.core.exceptions import SuspiciousOperation
from django.db.backends.signals import connection_created
from django.dispatch import receiver


class NulInText(SuspiciousOperation):
    """Django answers 400 to it; a session with such a key counts as none."""


def refuse_nul(execute, sql, params, many, context):
    """A wrapper of each query (Django's "database instrumentation")."""
    rows = (params or ()) if many else (params,)
    for row in rows:
        values = row.values() if isinstance(row, dict) else row or ()
        if any(isinstance(value, str) and "\x00" in value for value in values):
            raise NulInText("The request has text with a NUL character.")
    return execute(sql, params, many, context)


@receiver(connection_created)
def guard(connection, **_kwargs) -> None:
    """Called again when the connection is made anew, with the wrappers it has."""
    if refuse_nul not in connection.execute_wrappers:
        connection.execute_wrappers.append(refuse_nul)
