"""How long a session lives, and when it was last used."""

import time

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext

SIGNED_IN, SEEN = "signed_in_at", "seen_at"  # in a session: seconds since 1970
PRECISION = 60  # seconds: a session that is in use does not write with every request
HEALTH = "/health/"


class SessionMiddleware:
    """Signs out of a session that is too old or was not used for too long, and notes from where the
    others are used. To be placed below allauth's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the cookie nobody is signed in: the session is not read. A health check answers
        # without the database.
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if (
            has_session
            and not request.path_info.startswith(HEALTH)
            and request.user.is_authenticated
        ):
            self._check(request)
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        now, session = int(time.time()), request.session
        began, seen = session.get(SIGNED_IN), session.get(SEEN)
        if reason := _ended(now, began, seen):
            logout(request)
            messages.info(request, reason)
        elif began is None or seen is None or now - seen >= PRECISION:
            session[SIGNED_IN], session[SEEN] = began or now, now
            UserSession.objects.create_from_request(request)


def _ended(now: int, began: int | None, seen: int | None) -> str:
    """Why a session has ended, in words; empty if it has not."""
    days, minutes = settings.FACEVERIFY_SESSION_DAYS, settings.FACEVERIFY_SESSION_IDLE_MINUTES
    if began is not None and now - began >= days * 24 * 3600:
        told = ngettext(
            "You were signed out, as always after %(days)s day. Please sign in again.",
            "You were signed out, as always after %(days)s days. Please sign in again.",
            1 if days == 1 else 2,
        )
        return told % {"days": f"{days:g}"}
    if seen is not None and minutes is not None and now - seen >= minutes * 60:
        told = ngettext(
            "You were signed out, as always after %(minutes)s minute without a request. "
            "Please sign in again.",
            "You were signed out, as always after %(minutes)s minutes without a request. "
            "Please sign in again.",
            1 if minutes == 1 else 2,
        )
        return told % {"minutes": f"{minutes:g}"}
    return ""


@receiver(user_logged_in)
def begin(request: HttpRequest, **_kwargs) -> None:
    request.session[SIGNED_IN] = request.session[SEEN] = int(time.time())
