"""Filters of the list of verifications."""

from datetime import UTC

import django_filters
from django.core.exceptions import ValidationError
from django_filters.fields import IsoDateTimeField

from ..comparisons.kinds.registry import CHOICES
from ..comparisons.models import Verification
from ..history.filters import search
from ..reviews.models import Review


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


class VerificationFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=Verification.State.choices)
    outcome = django_filters.MultipleChoiceFilter(choices=Verification.Outcome.choices)
    kind = django_filters.MultipleChoiceFilter(choices=CHOICES)
    review = django_filters.MultipleChoiceFilter("review__answer", choices=Review.Answer.choices)
    reviewed = django_filters.BooleanFilter("review", lookup_expr="isnull", exclude=True)
    source = django_filters.ChoiceFilter(choices=Verification.Source.choices)
    created_after = TimeFilter("created_at", lookup_expr="gte")
    created_before = TimeFilter("created_at", lookup_expr="lt")
    q = django_filters.CharFilter(
        method="search", label="In the title, a file name or the name of a person."
    )

    class Meta:
        model = Verification
        fields = ()

    def search(self, queryset, _name: str, text: str):
        return search(queryset, text)
