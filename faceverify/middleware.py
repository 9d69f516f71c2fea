"""Request logs without secrets, and the response while too many photos are being read."""

import re

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from . import request_id
from .api import problems

logger = structlog.get_logger(__name__)

# Links in e-mails: whoever has one may set a password or confirm an address.
KEY_IN_PATH = re.compile(r"(/accounts/(?:password/reset/key|confirm-email)/)[^/]+")


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
