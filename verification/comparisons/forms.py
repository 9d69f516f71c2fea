"""The forms that hand in one photo or two, and the small ones under a result."""

import uuid

from django import forms

from .. import engine
from ..photos.forms import ACCEPT, PhotoField


def strictness() -> list[tuple[str, str, str]]:
    """The settings that the model offers: value, name, odds."""
    return [
        (f"{rate:.10f}".rstrip("0"), engine.strictness(rate), engine.odds(rate))
        for rate in engine.offered_rates()
    ]


def strictness_choices() -> list[tuple[str, str]]:
    return [(value, f"{name}: {odds}") for value, name, odds in strictness()]


class ProbeForm(forms.Form):
    """One photo, how strict, and a title."""

    PHOTOS = ("probe",)

    probe = PhotoField(label="Photo")
    false_match_rate = forms.ChoiceField(
        label="How strict",
        choices=strictness_choices,
        initial="0.001",
        error_messages={
            "required": "Choose how strict the comparison should be.",
            "invalid_choice": "Choose one of the settings.",
        },
    )
    title = forms.CharField(
        label="Title",
        required=False,
        max_length=200,
        error_messages={"max_length": "Use a title of at most 200 characters."},
    )
    submission_key = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission_key"].initial = lambda: str(uuid.uuid4())
        self.fields["title"].widget.attrs.update({"class": "input", "autocomplete": "off"})
        for which in self.PHOTOS:
            self.fields[which].widget.attrs["accept"] = ACCEPT

    def submission(self) -> dict:
        """What the service takes, of a valid form."""
        data = self.cleaned_data
        photos = {}
        for which in self.PHOTOS:
            photos |= {which: data[which].read(), f"{which}_name": data[which].name}
        return {
            **photos,
            "title": data["title"],
            "false_match_rate": float(data["false_match_rate"]),
            "submission_key": data["submission_key"],
        }

    def add_refusal(self, error: engine.ImageRefused) -> None:
        self.add_error(error.which, f"{error.detail} {error.remedy}".strip())


class CompareForm(ProbeForm):
    PHOTOS = ("probe", "reference")

    probe = PhotoField(label="First photo")
    reference = PhotoField(label="Second photo")


class ChooseFaceForm(forms.Form):
    which = forms.ChoiceField(choices=[("probe", "first photo"), ("reference", "second photo")])
    face_index = forms.IntegerField(min_value=0)
