"""The forms of the gallery's pages."""

from typing import cast

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from .. import engine
from ..photos.forms import MEGABYTES
from ..photos.uploads import MAX_TOTAL
from .gallery_models import NAME_LENGTH
from .models import EXTERNAL_ID_LENGTH


def tags_of(text: str) -> list[str]:
    return [tag for tag in (part.strip() for part in text.split(",")) if tag]


def _name_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        error_messages={
            "required": gettext_lazy("Give a name."),
            "max_length": format_lazy(
                gettext_lazy("Use a name of at most {length} characters."), length=NAME_LENGTH
            ),
        },
    )


class PersonForm(forms.Form):
    """What is kept of a person besides the photos. The services check the rest."""

    name = _name_field()
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        help_text=gettext_lazy("Separated by commas, for example: family, choir."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    consent_given_by = forms.CharField(
        label=gettext_lazy("Who agreed"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("The person, or who may speak for them."),
        error_messages={
            "max_length": format_lazy(
                gettext_lazy("At most {length} characters."), length=NAME_LENGTH
            )
        },
    )
    consent_at = forms.DateField(
        label=gettext_lazy("When"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-01-31.")},
    )
    consent_for = forms.CharField(
        label=gettext_lazy("To what"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("For example: to open the door of the workshop."),
    )

    consent_until = forms.DateField(
        label=gettext_lazy("Until when"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy(
            "The last day on which the person may be compared. Leave it empty if no end was agreed."
        ),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-01-31.")},
    )

    CONSENT = ("consent_given_by", "consent_at", "consent_for", "consent_until")

    def __init__(self, *args, person=None, **kwargs):
        if person is not None:
            kwargs["initial"] = {
                name: getattr(person, name) for name in ("name", "note", *self.CONSENT)
            } | {"tags": ", ".join(person.tags)}
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "input", "autocomplete": "off"}

    @property
    def consent(self) -> list:
        return [self[name] for name in self.CONSENT]

    def person(self) -> dict:
        """What the services take, of a valid form."""
        return self.cleaned_data | {"tags": tags_of(self.cleaned_data["tags"])}


class GalleryForm(forms.Form):
    """What a gallery is called. The services check the rest."""

    name = _name_field()
    external_id = forms.CharField(
        label=gettext_lazy("Id of your own"),
        required=False,
        max_length=EXTERNAL_ID_LENGTH,
        help_text=gettext_lazy("What your programs call it; it may stay empty."),
    )

    false_match_rate = forms.TypedChoiceField(
        label=gettext_lazy("How strict searches are"),
        required=False,
        coerce=float,
        empty_value=None,
        help_text=gettext_lazy("Where nothing else is chosen for a search."),
    )

    def __init__(self, *args, gallery=None, **kwargs):
        if gallery is not None:
            kwargs["initial"] = {
                "name": gallery.called,
                "external_id": gallery.external_id,
                "false_match_rate": gallery.false_match_rate or "",
            }
        super().__init__(*args, **kwargs)
        rates = [(str(rate), engine.odds(rate)) for rate in engine.offered_rates()]
        rate = cast(forms.TypedChoiceField, self.fields["false_match_rate"])
        rate.choices = [("", gettext("As usual")), *rates]
        for field in self.fields.values():
            field.widget.attrs |= {"class": "input", "autocomplete": "off"}


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _ManyPhotosField(forms.FileField):
    widget = _ManyFiles

    def clean(self, data, initial=None):
        files = [file for file in data or [] if file]
        if not files:
            raise forms.ValidationError(gettext("Choose at least one photo."))
        return files


class PhotosForm(forms.Form):
    photos = _ManyPhotosField(label=gettext_lazy("Photos"))

    @staticmethod
    def problem(file) -> str:
        """Why a file is not even read; empty when it is."""
        if file.truncated:
            return gettext(
                "All photos together are larger than %(most)s MB: choose fewer at a time."
            ) % {"most": MAX_TOTAL // 2**20}
        if file.size > engine.MAX_BYTES:
            return gettext(
                "The file is larger than %(most)s MB. Save the photo as a JPEG or at a smaller size."
            ) % {"most": MEGABYTES}
        return ""
