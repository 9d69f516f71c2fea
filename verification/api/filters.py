"""Filters of the list of verifications."""

from uuid import UUID

import django_filters

from faceverify.api.filters import TimeFilter

from ..comparisons.kinds.registry import CHOICES
from ..comparisons.models import Verification
from ..gallery.access import gallery_for
from ..history.filters import search
from ..history.selectors import within
from ..reviews.models import Review


class VerificationFilter(django_filters.FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=Verification.State.choices)
    outcome = django_filters.MultipleChoiceFilter(choices=Verification.Outcome.choices)
    kind = django_filters.MultipleChoiceFilter(choices=CHOICES)
    review = django_filters.MultipleChoiceFilter("review__answer", choices=Review.Answer.choices)
    reviewed = django_filters.BooleanFilter("review", lookup_expr="isnull", exclude=True)
    source = django_filters.ChoiceFilter(choices=Verification.Source.choices)
    gallery = django_filters.UUIDFilter(
        method="by_gallery",
        label="Searches in this gallery, and comparisons with one person of it.",
    )
    created_after = TimeFilter("created_at", lookup_expr="gte")
    created_before = TimeFilter("created_at", lookup_expr="lt")
    q = django_filters.CharFilter(
        method="search", label="In the title, a file name or the name of a person."
    )

    class Meta:
        model = Verification
        fields = ()

    def by_gallery(self, queryset, _name: str, gallery: UUID):
        return within(queryset, gallery_for(self.request.user, gallery))

    def search(self, queryset, _name: str, text: str):
        return search(queryset, text)
