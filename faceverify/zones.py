"""The reader's time zone: a script tells it in a cookie (static/js/timezone.js), pages show times and take days in it.

Without the cookie everything is in UTC, and the pages say so. The API is always in UTC.
"""

import re
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "faceverify_timezone"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")


def zone_named(name: str) -> tzinfo | None:
    """The zone of that name in the IANA database; None for anything else."""
    if len(name) > 64 or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such file, no zone in it, or a folder
        return None


def is_known() -> bool:
    """Whether the present reader's zone is known."""
    return timezone.get_current_timezone_name() != settings.TIME_ZONE


class ZoneMiddleware:
    """Pages are made in the zone that the reader's browser told."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = "" if request.path_info.startswith("/api/") else request.COOKIES.get(COOKIE, "")
        with timezone.override(zone_named(name)):
            return self.get_response(request)
