"""allauth's forms of second factors, in our words."""

from allauth.mfa.webauthn import forms as webauthn
from django import forms


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=100,
        help_text="So that you recognise it, for example “Work laptop”.",
    )
    passwordless = forms.BooleanField(
        label="Sign in with it alone, without a password",
        required=False,
        initial=True,
        help_text="It then asks for your finger, face or PIN. Without this it is a second factor only.",
    )


class EditPasskeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(
        label="Name",
        max_length=100,
        error_messages={
            "required": "Give the passkey a name that you will recognise.",
            "max_length": "Use a name of at most 100 characters.",
        },
    )
