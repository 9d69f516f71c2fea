"""The filters of the history."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from faceverify.api.days import from_day, until_day

from ..batches.models import Batch
from ..comparisons.kinds.registry import KINDS
from ..comparisons.models import Verification
from ..gallery.access import galleries_for, people_for
from ..gallery.gallery_models import Gallery
from ..gallery.models import Person
from ..photos.requests import uuids
from ..text.folding import fold, holds
from .selectors import Entries, about, within

State = Verification.State
Outcome = Verification.Outcome

BATCH = "batch"
KIND_CHOICES = (
    *((kind.name, capfirst(kind.label)) for kind in KINDS.values()),
    (BATCH, gettext_lazy("Many pairs")),
)
RESULTS = (
    ("match", gettext_lazy("Same person")),
    ("no_match", gettext_lazy("Different people")),
    ("inconclusive", gettext_lazy("Cannot tell")),
    ("waiting", gettext_lazy("Waiting or comparing")),
    ("refused", gettext_lazy("Photo refused")),
    ("failed", gettext_lazy("Failed")),
)

REVIEWS = (
    ("right", gettext_lazy("Right")),
    ("wrong", gettext_lazy("Wrong")),
    ("unsure", gettext_lazy("Unsure")),
    ("none", gettext_lazy("Not reviewed")),
)
# A list of more people is no help in a form; their own pages lead here.
MOST_PEOPLE = 500
# Filters that a batch as a whole has no answer to.
OF_COMPARISONS = ("result", "person", "gallery", "review")


def _date(**attrs) -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input", **attrs})


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "input"})


def search(verifications: QuerySet[Verification], text: str) -> QuerySet[Verification]:
    """Those with the text in the title, a file name or the name of a person."""
    return verifications.filter(holds(Verification, text))


class HistoryForm(forms.Form):
    def clean(self):
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", gettext("Choose a day that is not before the first one."))
        return data


def _people(request) -> QuerySet[Person]:
    return people_for(request.user).order_by("name", "created_at", "id")


def _galleries(request) -> QuerySet[Gallery]:
    return galleries_for(request.user)


class HistoryFilter(filters.FilterSet):
    q = filters.CharFilter(
        label=gettext_lazy("Search"),
        method="search",
        max_length=200,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "input",
                "placeholder": gettext_lazy("Title, file or person"),
            }
        ),
    )
    kind = filters.ChoiceFilter(
        label=gettext_lazy("Kind"),
        choices=KIND_CHOICES,
        empty_label=gettext_lazy("All kinds"),
        method="by_kind",
        widget=_select(),
    )
    result = filters.ChoiceFilter(
        label=gettext_lazy("Result"),
        choices=RESULTS,
        empty_label=gettext_lazy("All results"),
        method="by_result",
        widget=_select(),
    )
    person = filters.ModelChoiceFilter(
        label=gettext_lazy("Person"),
        queryset=_people,
        empty_label=gettext_lazy("Anyone"),
        method="by_person",
        widget=_select(),
        error_messages={"invalid_choice": gettext_lazy("Choose somebody of your gallery.")},
    )
    gallery = filters.ModelChoiceFilter(
        label=gettext_lazy("Gallery"),
        queryset=_galleries,
        empty_label=gettext_lazy("All galleries"),
        method="by_gallery",
        widget=_select(),
        error_messages={"invalid_choice": gettext_lazy("Choose one of your galleries.")},
    )
    review = filters.ChoiceFilter(
        label=gettext_lazy("Your review"),
        choices=REVIEWS,
        empty_label=gettext_lazy("All"),
        method="by_review",
        widget=_select(),
    )
    first = filters.DateFilter(
        label=gettext_lazy("From"),
        method="since",
        widget=_date(),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-01-31.")},
    )
    last = filters.DateFilter(
        label=gettext_lazy("To"),
        method="until",
        widget=_date(),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-01-31.")},
    )

    class Meta:
        model = Verification
        form = HistoryForm
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.form.fields["person"]
        people = list(_people(self.request).values_list("pk", "name")[: MOST_PEOPLE + 1])
        if len(people) > MOST_PEOPLE:
            chosen = uuids([self.data.get("person", "")])
            people = list(_people(self.request).filter(pk__in=chosen).values_list("pk", "name"))
        if people or self.data.get("person"):
            field.widget.choices = [("", field.empty_label), *people]
        else:
            field.widget = forms.HiddenInput()
        field = self.form.fields["gallery"]
        galleries = list(_galleries(self.request)[: MOST_PEOPLE + 1])
        if len(galleries) > 1 or self.data.get("gallery"):
            named = [(each.pk, each.called) for each in galleries[:MOST_PEOPLE]]
            field.widget.choices = [("", field.empty_label), *named]
        else:
            field.widget = forms.HiddenInput()

    @property
    def is_used(self) -> bool:
        return any(self.data.get(name) for name in self.filters)

    def entries(self) -> Entries:
        """What matches; nothing where a filter cannot be read."""
        batches = Batch.objects.filter(owner=self.request.user)
        if not self.is_valid():
            return Entries(self.queryset.none(), batches.none())
        given = self.form.cleaned_data
        if given["kind"] not in ("", BATCH) or any(given.get(name) for name in OF_COMPARISONS):
            return Entries(self.qs, batches.none())
        for name, days in (("first", from_day), ("last", until_day)):
            if given[name]:
                batches = days(batches, "created_at", given[name])
        if given["q"]:
            words = fold(given["q"])
            titles = batches.exclude(title="").values_list("pk", "title")
            batches = batches.filter(pk__in=[pk for pk, title in titles if words in fold(title)])
        return Entries(self.qs, batches)

    def search(self, queryset, _name, text):
        return search(queryset, text)

    def by_kind(self, queryset, _name, value):
        return queryset.none() if value == BATCH else queryset.filter(kind=value)

    def by_person(self, queryset, _name, person):
        return about(queryset, person)

    def by_gallery(self, queryset, _name, gallery):
        return within(queryset, gallery)

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

    def since(self, queryset, _name, day):
        return from_day(queryset, "created_at", day)

    def until(self, queryset, _name, day):
        return until_day(queryset, "created_at", day)
