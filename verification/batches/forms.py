"""The form of a new batch."""

from django import forms

from ..comparisons.forms import strictness_choices
from ..photos.uploads import MAX_ARCHIVE_BYTES

ARCHIVE_MEGABYTES = MAX_ARCHIVE_BYTES // 1024**2


class BatchForm(forms.Form):
    pairs = forms.FileField(
        label="List of pairs",
        help_text="CSV with the columns <code>first</code> and <code>second</code>, or JSON. "
        "<code>title</code>, <code>first_face</code> and <code>second_face</code> may be added.",
        error_messages={
            "required": "Choose the list of pairs.",
            "empty": "The list is empty.",
        },
        widget=forms.FileInput(attrs={"class": "input", "accept": ".csv,.json,.txt"}),
    )
    archive = forms.FileField(
        label="ZIP of the photos",
        help_text=f"At most {ARCHIVE_MEGABYTES} MB. It is deleted when all pairs are compared.",
        error_messages={
            "required": "Choose the ZIP of the photos.",
            "empty": "The ZIP is empty.",
        },
        widget=forms.FileInput(attrs={"class": "input", "accept": ".zip"}),
    )
    false_match_rate = forms.TypedChoiceField(
        choices=strictness_choices,
        coerce=float,
        initial="0.001",
        error_messages={
            "required": "Choose how strict the comparisons are.",
            "invalid_choice": "Choose one of the settings.",
        },
    )
    title = forms.CharField(
        label="Title",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
