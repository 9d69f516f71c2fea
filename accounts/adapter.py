"""How this site differs from allauth's ways."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.translation import gettext_lazy

from .mailing import MailingAdapter
from .sign_in.guessing import GuessingAdapter
from .sign_in.notices import NoticesAdapter
from .sign_up.rules import may_sign_up

WAYS = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}


class AccountAdapter(GuessingAdapter, NoticesAdapter, MailingAdapter, DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return may_sign_up(request)

    def send_account_already_exists_mail(self, email: str) -> None:
        """Takes as long as a new account would, whose password is hashed."""
        make_password(get_random_string(12))
        super().send_account_already_exists_mail(email)

    def get_reauthentication_methods(self, user: Any) -> list[dict]:
        ways = super().get_reauthentication_methods(user)
        return [way | {"description": WAYS.get(way["id"], way["description"])} for way in ways]
