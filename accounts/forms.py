"""The forms of the account pages."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from faceverify.api.scopes import USUAL, Scope

LIVES = (("", "Never"), ("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"))
OVERLAPS = ((0, "Not at all"), (1, "1 hour"), (24, "24 hours"), (72, "3 days"), (168, "7 days"))


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What the key is for, for example “door camera script”.",
        error_messages={
            "required": "Give the key a name that you will recognise.",
            "max_length": "Use a name of at most 100 characters.",
        },
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=Scope.choices,
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose at least one thing that the key may do.",
            "invalid_choice": "Choose from the list.",
        },
    )
    expires = forms.ChoiceField(
        label="Expires",
        choices=LIVES,
        required=False,
        error_messages={"invalid_choice": "Choose from the list."},
        widget=forms.Select(attrs={"class": "input"}),
    )

    def clean(self) -> dict[str, Any]:
        """The arguments of the service."""
        data = super().clean() or self.cleaned_data
        days = data.pop("expires", "")
        data["expires_at"] = timezone.now() + timedelta(days=int(days)) if days else None
        return data


class RotateForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label="The old key keeps working for",
        choices=OVERLAPS,
        initial=24,
        coerce=int,
        help_text="Long enough to change every program that uses it.",
        error_messages={
            "required": "Choose how long the old key keeps working.",
            "invalid_choice": "Choose from the list.",
        },
        widget=forms.Select(attrs={"class": "input"}),
    )
