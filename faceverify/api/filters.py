"""Filters that lists share."""

from datetime import UTC

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField


class TimeField(IsoDateTimeField):
    """A time in UTC: PostgreSQL refuses offsets of 16 hours and more, which ISO 8601 allows."""

    def to_python(self, value):
        time = super().to_python(value)
        try:
            return time and time.astimezone(UTC)
        except OverflowError:
            raise ValidationError("Give a time within the years 1 to 9999.", "invalid") from None


class TimeFilter(django_filters.IsoDateTimeFilter):
    field_class = TimeField
