"""The forms of the account pages."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from faceverify.api.scopes import USUAL, Scope

from .key_galleries import galleries_of
from .models import User

LIVES = (
    ("", gettext_lazy("Never")),
    ("30", gettext_lazy("In 30 days")),
    ("90", gettext_lazy("In 90 days")),
    ("365", gettext_lazy("In a year")),
)
OVERLAPS = (
    (0, gettext_lazy("Not at all")),
    (1, gettext_lazy("1 hour")),
    (24, gettext_lazy("24 hours")),
    (72, gettext_lazy("3 days")),
    (168, gettext_lazy("7 days")),
)


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What the key is for, for example “door camera script”."),
        error_messages={
            "required": gettext_lazy("Give the key a name that you will recognise."),
            "max_length": gettext_lazy("Use a name of at most 100 characters."),
        },
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=Scope.choices,
        initial=USUAL,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Choose at least one thing that the key may do."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
    )
    expires = forms.ChoiceField(
        label=gettext_lazy("Expires"),
        choices=LIVES,
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
        widget=forms.Select(attrs={"class": "input"}),
    )

    gallery = forms.ChoiceField(
        label=gettext_lazy("Only this gallery"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose from the list.")},
        help_text=gettext_lazy("The key then sees and changes nothing else."),
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        super().__init__(*args, **kwargs)
        galleries = [(str(id), name) for id, name in galleries_of(user)]
        self.asks_for_gallery = len(galleries) > 1
        field = cast(forms.ChoiceField, self.fields["gallery"])
        field.choices = [("", gettext("All galleries")), *galleries]

    def clean(self) -> dict[str, Any]:
        """The arguments of the service."""
        data = super().clean() or self.cleaned_data
        data["gallery"] = UUID(data["gallery"]) if data.get("gallery") else None
        days = data.pop("expires", "")
        data["expires_at"] = timezone.now() + timedelta(days=int(days)) if days else None
        return data


class RotateForm(forms.Form):
    overlap_hours = forms.TypedChoiceField(
        label=gettext_lazy("The old key keeps working for"),
        choices=OVERLAPS,
        initial=24,
        coerce=int,
        help_text=gettext_lazy("Long enough to change every program that uses it."),
        error_messages={
            "required": gettext_lazy("Choose how long the old key keeps working."),
            "invalid_choice": gettext_lazy("Choose from the list."),
        },
        widget=forms.Select(attrs={"class": "input"}),
    )
