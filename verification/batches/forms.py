"""The form of a new batch."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from ..comparisons.forms import strictness_choices
from ..photos.uploads import MAX_ARCHIVE_BYTES

ARCHIVE_MEGABYTES = MAX_ARCHIVE_BYTES // 1024**2


class BatchForm(forms.Form):
    pairs = forms.FileField(
        label=gettext_lazy("List of pairs"),
        help_text=gettext_lazy(
            "CSV with the columns <code>first</code> and <code>second</code>, or JSON. <code>title</code>, <code>first_face</code> and <code>second_face</code> may be added."
        ),
        error_messages={
            "required": gettext_lazy("Choose the list of pairs."),
            "empty": gettext_lazy("The list is empty."),
        },
        widget=forms.FileInput(attrs={"class": "input", "accept": ".csv,.json,.txt"}),
    )
    archive = forms.FileField(
        label=gettext_lazy("ZIP of the photos"),
        help_text=format_lazy(
            gettext_lazy("At most {megabytes} MB. It is deleted when all pairs are compared."),
            megabytes=ARCHIVE_MEGABYTES,
        ),
        error_messages={
            "required": gettext_lazy("Choose the ZIP of the photos."),
            "empty": gettext_lazy("The ZIP is empty."),
        },
        widget=forms.FileInput(attrs={"class": "input", "accept": ".zip"}),
    )
    false_match_rate = forms.TypedChoiceField(
        choices=strictness_choices,
        coerce=float,
        initial="0.001",
        error_messages={
            "required": gettext_lazy("Choose how strict the comparisons are."),
            "invalid_choice": gettext_lazy("Choose one of the settings."),
        },
    )
    keep_faces = forms.BooleanField(
        label=gettext_lazy("Keep a small picture of each face"),
        help_text=gettext_lazy(
            "To see the faces beside the results. They are encrypted, and go with the batch or earlier by your rules."
        ),
        required=False,
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
