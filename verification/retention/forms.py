"""The forms of the pages about keeping and erasing."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext

from .rules import MOST_DAYS, Rule


class RulesForm(forms.Form):
    """Days for each kind; an empty field: as the server says."""

    def __init__(self, rules: Iterable[Rule], *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for rule in rules:
            most = rule.limit or MOST_DAYS
            self.fields[rule.kind.name] = forms.IntegerField(
                label=str(rule.kind.label),
                required=False,
                initial=rule.own,
                min_value=1,
                max_value=most,
                help_text=str(rule.kind.explanation),
                widget=forms.NumberInput(
                    attrs={
                        "class": "input days",
                        "min": 1,
                        "max": most,
                        "placeholder": str(rule.limit or gettext("for ever")),
                    }
                ),
                error_messages={
                    "invalid": gettext("Write a whole number of days."),
                    "min_value": gettext("Write a whole number of days from 1 on."),
                    "max_value": gettext("At most %(most)s days.") % {"most": most},
                },
            )


class TypedForm(forms.Form):
    """Something is typed again, so that nobody does by mistake what cannot be undone."""

    typed = forms.CharField(widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}))

    def __init__(self, wanted: str, label: str, wrong: str, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._wanted, self._wrong = wanted, wrong
        self.fields["typed"].label = label
        self.fields["typed"].error_messages["required"] = wrong

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if " ".join(typed.casefold().split()) != " ".join(self._wanted.casefold().split()):
            raise forms.ValidationError(self._wrong)
        return typed
