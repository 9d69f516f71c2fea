"""Forms of the account pages."""

from django import forms


class ApiKeyForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=100,
        help_text="What it is for, for example “door camera script”.",
        error_messages={
            "required": "Give the key a name, so that you can tell it from others.",
            "max_length": "Use a name of at most 100 characters.",
        },
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )
