"""Filters of the audit log."""

from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from faceverify.api.days import from_day, until_day
from faceverify.api.filters import TimeFilter

from .actions import KINDS, Action
from .models import AuditEntry


def of_kind(entries: QuerySet[AuditEntry], _name: str, kind: str) -> QuerySet[AuditEntry]:
    return entries.filter(action__startswith=f"{kind}.")


def _date(label: Any, days) -> django_filters.DateFilter:
    """`days`: `from_day` or `until_day`."""
    return django_filters.DateFilter(
        label=label,
        method=lambda entries, _name, day: days(entries, "created_at", day),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input"}),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-01-31.")},
    )


class ActivityFilter(django_filters.FilterSet):
    """Of the page."""

    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("What"),
        choices=tuple(KINDS.items()),
        empty_label=gettext_lazy("Everything"),
        method=of_kind,
        widget=forms.Select(attrs={"class": "input"}),
    )
    first = _date(gettext_lazy("From"), from_day)
    last = _date(gettext_lazy("To"), until_day)

    class Meta:
        model = AuditEntry
        fields = ()


class EntryFilter(django_filters.FilterSet):
    """Of the API, and of the staff's pages."""

    kind = django_filters.ChoiceFilter(choices=tuple(KINDS.items()), method=of_kind)
    action = django_filters.MultipleChoiceFilter(choices=Action.choices)
    object_kind = django_filters.CharFilter(max_length=40)
    object_id = django_filters.CharFilter(max_length=40)
    created_after = TimeFilter("created_at", lookup_expr="gte")
    created_before = TimeFilter("created_at", lookup_expr="lt")

    class Meta:
        model = AuditEntry
        fields = ()
