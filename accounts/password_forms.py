"""allauth's forms of passwords, with their labels in sentence case as everywhere on the site."""

from typing import Any

from allauth.account import forms as library
from django import forms
from django.utils.translation import gettext_lazy

LABELS = {
    "oldpassword": gettext_lazy("Current password"),
    "password1": gettext_lazy("New password"),
    "password2": gettext_lazy("New password, once more"),
}


class _InSentenceCase(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            if name in self.fields:
                self.fields[name].label = label
                self.fields[name].widget.attrs.pop("placeholder", None)


class ChangePasswordForm(_InSentenceCase, library.ChangePasswordForm):
    pass


class SetPasswordForm(_InSentenceCase, library.SetPasswordForm):
    pass


class ResetPasswordKeyForm(_InSentenceCase, library.ResetPasswordKeyForm):
    pass
