"""Asking who is there again before what a thief of an open session must not be able to do.

The question is allauth's: the password, a code or a passkey. Its answer holds for
ACCOUNT_REAUTHENTICATION_TIMEOUT seconds of this session, and signing in does not count as one.
"""

from collections.abc import Callable
from functools import wraps

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import (
    STATE_SESSION_KEY,
    did_recently_reauthenticate,
)
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRedirect
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

View = Callable[..., HttpResponseBase]


def required(view: View) -> View:
    """Decorates a page: whoever opens it is asked again first, then gets it.

    The page that has the form is asked for, so that nobody types into a form in vain. A POST that
    comes too late is kept while its sender is asked, and carried out after that; files are not kept.
    """
    guarded = reauthentication_required(view)

    @login_required
    @wraps(view)
    def asking_first(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        try:
            return guarded(request, *args, **kwargs)
        except ReauthenticationRequired:
            # A form that was sent before, and whose sender then went elsewhere, is forgotten.
            request.session.pop(STATE_SESSION_KEY, None)
            htmx = getattr(request, "htmx", None)
            if not htmx:
                raise  # allauth's middleware answers it
            # A part of a page cannot show the question: the browser goes there, and comes back.
            where = urlencode({"next": htmx.current_url_abs_path or "/"})
            return HttpResponseClientRedirect(f"{reverse('account_reauthenticate')}?{where}")

    return asking_first


def required_to_change(view: View) -> View:
    """The same for a page that may be seen without: only a POST needs the answer. For pages whose form
    is one button, and for those that say that they will ask (`is_recent`)."""
    asking = required(view)

    @wraps(view)
    def asking_to_change(request: HttpRequest, *args, **kwargs) -> HttpResponseBase:
        return (view if request.method in SAFE_METHODS else asking)(request, *args, **kwargs)

    return login_required(asking_to_change)


def is_recent(request: HttpRequest) -> bool:
    """Whether the user of this session was asked a short time ago, or has nothing to answer with: an
    account without a password and a second factor, whose sign-in is another site's."""
    return did_recently_reauthenticate(request)


class NotRecent(PermissionDenied):
    default_code = "reauthentication_required"
    default_detail = gettext_lazy(
        "Confirm that it is you first: open /accounts/reauthenticate/ in this browser. A program uses an API key instead."
    )


class IsRecent(BasePermission):
    """For endpoints: a browser's session may not do this unless its user was asked again. A program's
    key is its own proof. See `OwnedViewSet.guarded_actions`."""

    def has_permission(self, request, view) -> bool:
        if request.auth is None and not is_recent(request):
            raise NotRecent
        return True
