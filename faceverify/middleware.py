"""Request logs without secrets, answers that nobody keeps, and the answer while too many photos are being read."""

import re

import structlog
from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from . import request_id
from .api import problems

logger = structlog.get_logger(__name__)

# Links in e-mails: whoever has one may set a password, confirm an address or create an account.
KEY_IN_PATH = re.compile(r"(/accounts/(?:password/reset/key|confirm-email|invitation)/)[^/]+")


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path: no query (search words are personal), no key of an e-mailed link.

    Style sheets, scripts and health checks are logged at DEBUG: they are many and say little.
    """

    QUIET = (settings.STATIC_URL, "/health/")

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status_code >= 400 or not request.path.startswith(self.QUIET):
            super().handle_response(request, response)
            return
        request_id.send_request_id(response)
        logger.debug(
            "request_finished", code=response.status_code, request=self.format_request(request)
        )
        structlog.contextvars.clear_contextvars()

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        path = KEY_IN_PATH.sub(r"\1...", request.path)
        return f"{request.method} {path}"


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest | None = None, **_kwargs) -> None:
    if request is not None:
        request.signed_out = True  # type: ignore[attr-defined]  # for the middleware below


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


class PhotosBusyMiddleware:
    """503 when a photo could not be read because too many others are being read."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception: Exception):
        from verification import engine

        if isinstance(exception, engine.DecodersBusy):
            return problems.photos_busy(request, f"{exception.detail} {exception.remedy}")
        return None
