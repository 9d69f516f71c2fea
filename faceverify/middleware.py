"""Request logs without secrets, and answers that nobody keeps."""

import sys
from typing import Any

import structlog
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.common import CommonMiddleware
from django.utils.functional import SimpleLazyObject
from django_structlog.middlewares import RequestMiddleware

from . import request_id
from .api import problems
from .api.errors import QuotaExceeded
from .logs import without_secrets
from .outages import outage_of

logger = structlog.get_logger(__name__)


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path: no query (search words are personal), no key of an emailed link.

    Style sheets, scripts, health checks and metrics are logged at DEBUG: they are many and say little.
    """

    QUIET = ("/static/", "/health/", "/metrics")

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code >= 400 or not request.path_info.startswith(self.QUIET):
            super().handle_response(request, response)
            return
        request_id.send_request_id(response)
        logger.debug(
            "request_finished", code=response.status_code, request=self.format_request(request)
        )
        structlog.contextvars.clear_contextvars()

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return without_secrets(f"{request.method} {request.path}")

    @staticmethod
    def bind_user_id(request: HttpRequest) -> None:
        """The id of whoever is known by now: a log line asks no database, which may be away."""
        user = request.__dict__.get("user")
        if isinstance(user, SimpleLazyObject):
            user = getattr(request, "_cached_user", None)
        if user is not None:
            user_id = str(user.pk) if user.pk else None
            structlog.contextvars.bind_contextvars(user_id=user_id)

    def process_got_request_exception(
        self, sender: type[Any], request: HttpRequest, **kwargs: Any
    ) -> None:
        """An outage is no error of ours: it has a log line of its own, without a traceback."""
        if outage_of(sys.exc_info()[1]) is None:
            super().process_got_request_exception(sender, request, **kwargs)


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None = None, **_kwargs) -> None:
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]  # for the middleware below


class SlashMiddleware(CommonMiddleware):
    """An address without its last slash is meant with it. GET is redirected there; whatever may change
    something is carried out at once, since clients follow a redirect with GET, or without the body."""

    def process_request(self, request: HttpRequest):
        if request.method not in ("GET", "HEAD") and self.should_redirect_with_slash(request):
            request.path_info += "/"
            request.path += "/"
        return super().process_request(request)


class PrivateAnswersMiddleware:
    """Whatever does not say how long it may be kept is not stored by anybody. Photos may stay in the
    browser for minutes, while pages show them again and again: at sign-out it has to forget them.
    (Browsers obey that over HTTPS and on localhost.)"""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if getattr(request, "signed_out", False):
            response.headers["Clear-Site-Data"] = '"cache"'
        return response


class QuotaMiddleware:
    """413 for a page that could store nothing, because the account's storage has no room."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception: Exception):
        return (
            problems.no_room(request, exception) if isinstance(exception, QuotaExceeded) else None
        )
