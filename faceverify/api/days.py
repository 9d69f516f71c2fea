"""Filters by day, as the reader counts days: see faceverify/zones.py. The database need not know the zone."""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone


def beginning(day: date) -> datetime:
    """When the day begins for the reader."""
    begins = timezone.make_aware(datetime.combine(day, time.min))
    try:
        return begins.astimezone(UTC)
    except OverflowError:  # on the first or the last of all days
        return (datetime.min if day.year == 1 else datetime.max).replace(tzinfo=UTC)


def from_day(rows: QuerySet, field: str, day: date) -> QuerySet:
    """Those of the day, as the reader counts days, and later."""
    return rows.filter(**{f"{field}__gte": beginning(day)})


def until_day(rows: QuerySet, field: str, day: date) -> QuerySet:
    """Those of the day, as the reader counts days, and earlier."""
    if day == date.max:
        return rows
    return rows.filter(**{f"{field}__lt": beginning(day + timedelta(days=1))})
