"""allauth's forms of second factors, in our words."""

from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy


class AddPasskeyForm(webauthn.AddWebAuthnForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("So that you recognise it, for example “Work laptop”."),
    )
    passwordless = forms.BooleanField(
        label=gettext_lazy("Sign in with it alone, without a password"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "It then asks for your finger, face or PIN. Without this it is a second factor only."
        ),
    )


class EditPasskeyForm(webauthn.EditWebAuthnForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        error_messages={
            "required": gettext_lazy("Give the passkey a name that you will recognise."),
            "max_length": gettext_lazy("Use a name of at most 100 characters."),
        },
    )
