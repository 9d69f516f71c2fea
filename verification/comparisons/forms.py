"""The form that submits a photo, which kinds may extend, and the one that chooses a face."""

import uuid
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy

from accounts.models import User

from .. import engine
from ..gallery.models import Person
from ..photos.forms import ACCEPT, PhotoField
from ..text.sentences import said
from .submission import Submission, UploadedPhoto

if TYPE_CHECKING:
    from .kinds.base import Kind

USUAL = "0.001"


def strictness() -> list[tuple[str, str, str]]:
    """The settings that the model offers: value, name, odds."""
    return [
        (rate_value(rate), engine.strictness(rate), engine.odds(rate))
        for rate in engine.offered_rates()
    ]


def rate_value(rate: float) -> str:
    """A false-match rate as the value of a field, without an exponent."""
    return f"{rate:.10f}".rstrip("0")


def remembered(rate: float | None, offered: list[tuple[str, str, str]]) -> str:
    """The setting that a form begins with: the one used before, if it is still among the `offered`."""
    value = USUAL if rate is None else rate_value(rate)
    return value if any(value == each for each, _name, _odds in offered) else USUAL


def strictness_choices() -> list[tuple[str, str]]:
    return [(value, f"{name}: {odds}") for value, name, odds in strictness()]


class ProbeForm(forms.Form):
    """One photo, how strict, and a title."""

    ROLES: tuple[str, ...] = ("probe",)

    probe = PhotoField(label=gettext_lazy("Photo"))
    false_match_rate = forms.ChoiceField(
        label=gettext_lazy("How strict"),
        choices=strictness_choices,
        initial=USUAL,
        error_messages={
            "required": gettext_lazy("Choose how strict the comparison should be."),
            "invalid_choice": gettext_lazy("Choose one of the settings."),
        },
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=200,
        error_messages={"max_length": gettext_lazy("Use a title of at most 200 characters.")},
    )
    submission_key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = lambda: str(uuid.uuid4())
        self.fields["title"].widget.attrs.update({"class": "input", "autocomplete": "off"})
        for role in self.ROLES:
            self.fields[role].widget.attrs["accept"] = ACCEPT

    def submission(self, *, owner: User, kind: "Kind", person: Person | None) -> Submission:
        """The submission that a valid form makes."""
        data = self.cleaned_data
        return Submission(
            owner=owner,
            kind=kind,
            photos={role: UploadedPhoto(data[role].read(), data[role].name) for role in self.ROLES},
            others=self.others(),
            person=person,
            title=data["title"],
            false_match_rate=float(data["false_match_rate"]),
            key=data["submission_key"],
        )

    def others(self) -> tuple[UploadedPhoto, ...]:
        """Further photos, of the kinds that take them."""
        return ()

    def add_refusal(self, error: engine.ImageRefused) -> None:
        self.add_error(error.which, f"{said(error.detail)} {said(error.remedy)}".strip())


class ChooseFaceForm(forms.Form):
    which = forms.ChoiceField(
        choices=[
            ("probe", gettext_lazy("first photo")),
            ("reference", gettext_lazy("second photo")),
        ]
    )
    face_index = forms.IntegerField(min_value=0)
