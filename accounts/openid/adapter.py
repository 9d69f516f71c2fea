"""Whom an OpenID Connect provider lets in here, and as whom."""

import structlog
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import render
from requests import RequestException

from accounts.invitations.selectors import invitation_opened
from accounts.sign_up import rules

logger = structlog.get_logger(__name__)


class OpenIDAdapter(DefaultSocialAccountAdapter):
    """Who came through the provider before is known by its `sub`. Somebody new needs an address that
    the provider has confirmed; an account that has this address already is not entered by it, unless
    the settings say that the provider is trusted with that (FACEVERIFY_OPENID_LINK_BY_EMAIL)."""

    def populate_user(self, request, sociallogin, data):
        """Before anything is looked up: check the provider's answers, and keep little of them."""
        answers = sociallogin.account.extra_data
        userinfo, id_token = answers.get("userinfo"), answers.get("id_token")
        if userinfo and id_token and userinfo.get("sub") != id_token.get("sub"):
            # OpenID Connect Core 1.0, 5.3.2: these answers must not be used.
            raise PermissionDenied("userinfo and id_token are about different people")
        for address in sociallogin.email_addresses:
            # Some providers send words, and "false" would count as true.
            address.verified = address.verified in (True, "true")
        known = userinfo or id_token or answers
        sociallogin.account.extra_data = {key: known.get(key) for key in ("sub", "email")}
        return super().populate_user(request, sociallogin, data)

    def pre_social_login(self, request, sociallogin) -> None:
        if sociallogin.is_existing or sociallogin.state.get("process") == "connect":
            return
        address = next((a.email for a in sociallogin.email_addresses if a.verified), None)
        if address is None:
            raise _refused(request, "unverified")
        if filter_users_by_email(address):
            raise _refused(request, "has_account", address=address)
        if not self.is_open_for_signup(request, sociallogin):
            raise _refused(request, "no_account")
        try:
            rules.check_address(address, invitation_opened(request))
        except ValidationError as error:
            raise _refused(request, "address", detail=error.message) from None

    def is_open_for_signup(self, request: HttpRequest, sociallogin) -> bool:
        return settings.FACEVERIFY_OPENID_NEW_ACCOUNTS or invitation_opened(request) is not None

    def save_user(self, request, sociallogin, form=None):
        with transaction.atomic():
            user = super().save_user(request, sociallogin, form)
            rules.use_invitation(request, user)
        return user

    def on_authentication_error(
        self, request, provider, error=None, exception=None, extra_context=None
    ) -> None:
        kind = type(exception).__name__ if exception else str(error)
        logger.warning("openid_sign_in_failed", error=kind)
        if extra_context is not None:
            extra_context["away"] = isinstance(exception, RequestException)


def _refused(request: HttpRequest, reason: str, **context) -> ImmediateHttpResponse:
    logger.info("openid_sign_in_refused", reason=reason)
    page = render(request, "socialaccount/refused.html", {"reason": reason, **context}, status=403)
    return ImmediateHttpResponse(page)
