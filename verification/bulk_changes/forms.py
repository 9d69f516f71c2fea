"""The forms of the page that asks before many people are changed."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from ..gallery.forms import PersonForm
from .services import CONSENT


class ConsentForm(forms.Form):
    """The consent that is recorded with all of them."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        person = PersonForm()
        for name in CONSENT:
            self.fields[name] = person.fields[name]


class NumberForm(forms.Form):
    """How many are erased, typed again."""

    typed = forms.CharField(
        label=gettext_lazy("How many people?"),
        help_text=gettext_lazy("Type the number to confirm."),
        widget=forms.TextInput(
            attrs={"class": "input", "autocomplete": "off", "inputmode": "numeric"}
        ),
        error_messages={"required": gettext_lazy("Type the number of people as it is above.")},
    )

    def __init__(self, number: int, *args: Any, **kwargs: Any):
        self.number = number
        super().__init__(*args, **kwargs)

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"])
        if "".join(filter(str.isdecimal, typed)) != str(self.number):
            raise forms.ValidationError(gettext("Type the number of people as it is above."))
        return typed
