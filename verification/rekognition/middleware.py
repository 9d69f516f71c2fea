"""Where requests of clients of AWS go, and that every answer to them is one that they can read."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from .answers import CONTENT_TYPE, error_response
from .errors import AwsError, InternalError, InvalidParameter, Throttled

TARGET = "X-Amz-Target"
PLACE = "/rekognition/"
ROOTS = ("/", "", PLACE, PLACE.rstrip("/"))


class RekognitionMiddleware:
    """Clients of AWS send everything to the root, where people find the home page, and name the operation
    in a header field: by that they are told apart.

    What another middleware answers them, because a server is missing or the host is unknown, is put
    into their words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], Any]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not _is_meant(request):
            return self.get_response(request)
        request.path_info = PLACE
        response = self.get_response(request)
        if response.headers.get("Content-Type") == CONTENT_TYPE:
            return response
        return error_response(_error_of(response))


def _is_meant(request: HttpRequest) -> bool:
    return (
        settings.FACEVERIFY_REKOGNITION
        and request.method == "POST"
        and TARGET in request.headers
        and request.path_info in ROOTS
    )


def _error_of(response: HttpResponse) -> AwsError:
    if response.status_code in (503, 507):
        again = response.headers.get("Retry-After", "5")
        return Throttled(
            "The server cannot answer at the moment: send the request again.", int(again)
        )
    if response.status_code >= 500:
        return InternalError("Something went wrong on our side.")
    return InvalidParameter("The request cannot be answered at this address.")
