"""The forms of the console."""

from django import forms
from django.utils.translation import gettext_lazy


class QuotaForm(forms.Form):
    megabytes = forms.IntegerField(
        label=gettext_lazy("Quota in MB"),
        required=False,
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("Empty: what the site's setting says. 0: as much as there is."),
        widget=forms.NumberInput(attrs={"class": "input"}),
    )


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("For the address"),
        required=False,
        max_length=254,
        help_text=gettext_lazy(
            "Only an account with this address can use it then. Empty: whoever has the link."
        ),
        widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    uses = forms.IntegerField(
        label=gettext_lazy("How many may use it"),
        initial=1,
        min_value=1,
        max_value=1000,
        widget=forms.NumberInput(attrs={"class": "input"}),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Works for days"),
        initial=7,
        min_value=1,
        max_value=90,
        widget=forms.NumberInput(attrs={"class": "input"}),
    )
    staff = forms.BooleanField(
        label=gettext_lazy("Gives the console"),
        required=False,
        help_text=gettext_lazy("Whoever uses it can do everything that you can do here."),
    )
