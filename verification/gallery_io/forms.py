"""The form of an import: what is drawn; the ZIP itself is stored while it comes in, see `uploads`."""

from django import forms
from django.utils.translation import gettext_lazy

from ..photos.zip_reader import ArchiveRefused
from ..text.sentences import said


class ImportForm(forms.Form):
    archive = forms.Field(
        label=gettext_lazy("ZIP of the people"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".zip,application/zip"}),
    )

    def refuse(self, error: ArchiveRefused) -> None:
        self.full_clean()
        self.add_error("archive", f"{said(error.detail)} {said(error.remedy)}")
