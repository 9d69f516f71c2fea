"""The form of a webhook."""

from django import forms
from django.utils.translation import gettext_lazy

from .models import EVENTS, URL_LENGTH


class WebhookForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=URL_LENGTH,
        help_text=gettext_lazy(
            "Your program's address, for example https://example.org/faceverify. It must be reachable from the Internet."
        ),
        error_messages={"required": gettext_lazy("Give the address that events are sent to.")},
        widget=forms.URLInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Send a message when"),
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one event.")},
    )
