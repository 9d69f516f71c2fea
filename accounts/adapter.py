"""How this site differs from allauth's ways."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from .mailing import MailingAdapter
from .sign_up.rules import may_sign_up


class AccountAdapter(MailingAdapter, DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return may_sign_up(request)
