"""The form field for a photo."""

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext, gettext_lazy

from .. import engine

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MEGABYTES = engine.MAX_BYTES // 1048576


# Not every system knows that the last ones are images.
ACCEPT = "image/*,.heic,.heif,.avif,.jp2,.j2k"


class PhotoField(forms.FileField):
    """A photo's bytes. What is inside is checked where it is decoded."""

    widget = forms.ClearableFileInput

    def __init__(self, *, label: "StrOrPromise"):
        super().__init__(
            label=label,
            allow_empty_file=True,
            max_length=None,
            error_messages={
                "required": gettext_lazy("Choose a photo."),
                "missing": gettext_lazy("Choose a photo."),
                "invalid": gettext_lazy("The photo did not arrive. Choose it again."),
            },
        )

    def clean(self, data, initial=None):
        photo = super().clean(data, initial)
        if photo.size > engine.MAX_BYTES:
            raise forms.ValidationError(
                gettext(
                    "The file is larger than %(most)s MB. Save the photo as a JPEG or at a smaller size."
                )
                % {"most": MEGABYTES}
            )
        return photo
