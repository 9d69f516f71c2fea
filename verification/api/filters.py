"""Filters of the list of verifications."""

import django_filters

from faceverify.api.filters import TimeFilter

from ..comparisons.kinds.registry import CHOICES
from ..comparisons.models import Verification
from ..history.filters import search
from ..reviews.models import Review


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
