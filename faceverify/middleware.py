"""Request logging that keeps secrets out, and a header that no library of ours sets."""

import re

from django_structlog.middlewares import RequestMiddleware

from .api import problems

# The links in e-mails: whoever has one may set a password or confirm an address.
KEY_IN_PATH = re.compile(r"(/accounts/(?:password/reset/key|confirm-email)/)[^/]+")


class RequestLogMiddleware(RequestMiddleware):
    """Logs method and path: no query (search words are personal), no key of an e-mailed link."""

    @staticmethod
    def format_request(request) -> str:
        path = KEY_IN_PATH.sub(r"\1...", request.path)
        return f"{request.method} {path}"


class PermissionsPolicyMiddleware:
    """The camera for our own pages (webcam snapshot); nothing else for anyone."""

    POLICY = "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", self.POLICY)
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
