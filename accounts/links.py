"""Links that work outside of the site: in mails, and in what commands print."""

import os

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context
from django.conf import settings
from django.urls import reverse

from .models import User


def absolute(path: str) -> str:
    """The address of a page of this site: as the current request reached it, else as the settings
    say."""
    if context.request is not None:
        return context.request.build_absolute_uri(path)
    return _origin() + path


def _origin() -> str:
    if settings.CSRF_TRUSTED_ORIGINS:
        return settings.CSRF_TRUSTED_ORIGINS[0].rstrip("/")
    host = settings.ALLOWED_HOSTS[0]
    if settings.SECURE_SSL_REDIRECT:
        return f"https://{host}"
    if host != "localhost":
        return f"http://{host}"
    return f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"


def invitation_link(token: str) -> str:
    return absolute(reverse("invitation", args=[token]))


def password_link(user: User) -> str:
    """A link with which a user chooses a new password, once, within PASSWORD_RESET_TIMEOUT. The
    same as in the mail for a forgotten password."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    names = {"uidb36": user_pk_to_url_str(user), "key": key}
    return absolute(reverse("account_reset_password_from_key", kwargs=names))
