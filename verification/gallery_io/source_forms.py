"""The form of an import from another program."""

from django import forms
from django.utils.translation import gettext_lazy

from ..text.sentences import said
from .sources.base import SourceRefused


class CompreFaceForm(forms.Form):
    address = forms.CharField(
        label=gettext_lazy("Address of CompreFace"),
        help_text=gettext_lazy("For example https://faces.example.org:8000"),
        error_messages={"required": gettext_lazy("Give the address at which it answers.")},
        widget=forms.URLInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    api_key = forms.CharField(
        label=gettext_lazy("Key of the recognition service"),
        help_text=gettext_lazy(
            "It is stored encrypted until the photos are here, and then deleted."
        ),
        error_messages={"required": gettext_lazy("Give the key of the recognition service.")},
        widget=forms.TextInput(
            attrs={"class": "input", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def refuse(self, error: SourceRefused) -> None:
        field = "api_key" if error.code.startswith("source_key") else "address"
        self.add_error(field, f"{said(error.detail)} {said(error.remedy)}")
