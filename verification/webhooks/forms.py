"""The form of a webhook."""

from django import forms

from .models import EVENTS, URL_LENGTH


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address",
        max_length=URL_LENGTH,
        help_text="Of your program, for example https://example.org/faceverify. It has to be on the open Internet.",
        error_messages={"required": "Give the address that is to be told."},
        widget=forms.URLInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label="Tell it when",
        choices=list(EVENTS.items()),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
