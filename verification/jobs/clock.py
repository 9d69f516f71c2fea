"""The one clock that all processes share: the database's.

Leases, due times and heartbeats are written by one machine and judged by another, and the clocks
of two machines may differ by minutes.
"""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, Expression, ExpressionWrapper, Value
from django.db.models.functions import Now


def later(seconds: float) -> Expression:
    """The database's time `seconds` from now, or before now if negative: for a condition or a
    column."""
    shifted = Now() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(shifted, output_field=DateTimeField())


def now() -> datetime:
    """The database's time."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"
            if sqlite
            else "SELECT statement_timestamp()"
        )
        told = cursor.fetchone()[0]
    return datetime.fromisoformat(told).replace(tzinfo=UTC) if sqlite else told
