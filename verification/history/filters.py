"""The filters of the history."""

import django_filters as filters
from django import forms
from django.db.models import QuerySet

from faceverify.api.days import from_day, until_day

from ..comparisons.models import Verification
from ..text.folding import holds

State = Verification.State
Outcome = Verification.Outcome

RESULTS = (
    ("match", "Same person"),
    ("no_match", "Different people"),
    ("inconclusive", "Cannot tell"),
    ("waiting", "Waiting or comparing"),
    ("refused", "Photo refused"),
    ("failed", "Failed"),
)

REVIEWS = (
    ("right", "Right"),
    ("wrong", "Wrong"),
    ("unsure", "Unsure"),
    ("none", "Not reviewed"),
)


def _date(**attrs) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input", **attrs})


def search(verifications: QuerySet[Verification], text: str) -> QuerySet[Verification]:
    """Those with the text in the title, a file name or the name of a person."""
    return verifications.filter(holds(Verification, text))


class HistoryForm(forms.Form):
    def clean(self):
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", "Choose a day that is not before the first one.")
        return data


class HistoryFilter(filters.FilterSet):
    q = filters.CharFilter(
        label="Search",
        method="search",
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "class": "input", "placeholder": "Title, file or person"}
        ),
    )
    result = filters.ChoiceFilter(
        label="Result",
        choices=RESULTS,
        empty_label="All results",
        method="by_result",
        widget=forms.Select(attrs={"class": "input"}),
    )
    review = filters.ChoiceFilter(
        label="Your review",
        choices=REVIEWS,
        empty_label="All",
        method="by_review",
        widget=forms.Select(attrs={"class": "input"}),
    )
    first = filters.DateFilter(
        label="From",
        method=lambda rows, _name, day: from_day(rows, "created_at", day),
        widget=_date(),
        error_messages={"invalid": "Write the day as 2026-01-31."},
    )
    last = filters.DateFilter(
        label="To",
        method=lambda rows, _name, day: until_day(rows, "created_at", day),
        widget=_date(),
        error_messages={"invalid": "Write the day as 2026-01-31."},
    )

    class Meta:
        model = Verification
        form = HistoryForm
        fields = ()

    def search(self, queryset, _name, text):
        return search(queryset, text)

    def by_result(self, queryset, _name, value):
        if value in Outcome.values:
            return queryset.filter(outcome=value)
        if value == "waiting":
            return queryset.filter(state__in=(State.PENDING, State.RUNNING))
        return queryset.filter(state=value)

    def by_review(self, queryset, _name, value):
        """`none`: the verdicts that wait for a review."""
        if value == "none":
            return queryset.filter(state=State.DONE, review=None)
        return queryset.filter(review__answer=value)
