"""The form of a webhook."""

from django import forms

from .models import EVENTS, URL_LENGTH


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=URL_LENGTH,
        help_text="Your program's address, for example https://example.org/faceverify. It must be reachable from the Internet.",
        error_messages={"required": "Give the address that events are sent to."},
        widget=forms.URLInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label="Send a message when",
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
