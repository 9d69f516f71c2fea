"""POST / by clients of Amazon Rekognition: one address, and the operation in a header field."""

import json
from typing import Any, cast

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import override
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import ApiKey, User
from faceverify.api.errors import NotAllowedNow, QuotaExceeded
from faceverify.api.rates import KeyRate, SubmitRate, UserRate, counted_together

from ..engine import DecodersBusy, ImageRefused
from ..looks.services import Busy, LookFailed
from . import errors
from .answers import error_response, response
from .authentication import Caller, SignatureAuthentication
from .errors import AwsError
from .operations import OPERATIONS, Operation

TARGET, SERVICE = "X-Amz-Target", "RekognitionService"

NO_FACE = {"no_face_found"}
OF_A_FACE = {
    "several_faces",
    "face_index_invalid",
    "face_too_small",
    "face_cut_off",
    "too_dark",
    "too_bright",
    "too_blurred",
    "pose_too_extreme",
}
LATER = 5  # seconds

logger = structlog.get_logger(__name__)


class RekognitionView(APIView):
    """Answers 200 with what the operation gives, or an error by its code."""

    authentication_classes = [SignatureAuthentication]
    permission_classes = []
    renderer_classes = [JSONRenderer]
    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.FACEVERIFY_REKOGNITION:
            raise Http404
        with override("en"):  # what it says is for programs
            return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request) -> HttpResponse:
        operation = self.operation
        if operation is None:
            raise errors.UnknownOperation("There is no such operation here.")
        owner, key = cast(User, request.user), cast(ApiKey, request.auth)
        lacking = [scope for scope in operation.scopes if scope not in key.scopes]
        if lacking:
            raise errors.AccessDenied(f"This access key lacks the scope {' and '.join(lacking)}.")
        caller = Caller(owner, key, request.region)  # type: ignore[attr-defined]
        data = _validated(operation, request.signed_body)  # type: ignore[attr-defined]
        return response(operation.run(caller, data))

    @property
    def operation(self) -> Operation | None:
        """What the request asks for; None if that is not known here."""
        service, _, name = self.request.headers.get(TARGET, "").partition(".")
        return OPERATIONS.get(name) if service == SERVICE else None

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return self.get_renderers()[0], ""  # whatever the client says it reads

    def check_throttles(self, request: Request) -> None:
        throttles = [UserRate(), KeyRate()]
        if self.operation is not None and self.operation.looks:
            throttles.append(SubmitRate())
        with counted_together(throttles, request, self):
            waits = [each.wait() for each in throttles if not each.allow_request(request, self)]
        if waits:
            seconds = max((wait for wait in waits if wait is not None), default=0)
            raise errors.TooManyRequests("Too many requests.", int(seconds) + 1)

    def handle_exception(self, error: Exception) -> Any:
        told = _told(error)
        if told is None:
            raise error
        return error_response(told)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        return response


def _validated(operation: Operation, body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body or b"{}", parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise errors.NotReadable("The body is not JSON.") from None
    if not isinstance(given, dict):
        raise errors.NotReadable("The body has to be a JSON object.")
    # As AWS does it: null stands for a member that is not there.
    fields = operation.fields(data={name: it for name, it in given.items() if it is not None})
    fields.is_valid(raise_exception=True)
    return fields.validated_data


def _no_number(constant: str) -> float:
    raise ValueError(constant)


def _told(error: Exception) -> AwsError | None:
    """The error that the client is told; None for what is an error of ours."""
    match error:
        case AwsError():
            return error
        case exceptions.MethodNotAllowed():
            return errors.UnknownOperation("Send a POST.")
        case exceptions.ValidationError():
            return errors.InvalidParameter(_in_words(error.detail))
        case DjangoValidationError():
            return errors.InvalidParameter(" ".join(error.messages))
        case ImageRefused():
            return of_photo(error)
        case Busy():
            return errors.Throttled(error.detail, error.retry_after)
        case DecodersBusy():
            return errors.Throttled("Others are sending photos that take long to read.", LATER)
        case LookFailed():
            logger.error("look_failed", code=error.code)
            return errors.InternalError("Something went wrong on our side.")
        case NotAllowedNow():
            return errors.Conflict(str(error))
        case QuotaExceeded():
            return errors.QuotaExceeded(str(error))
    return None


def of_photo(refusal: ImageRefused) -> AwsError:
    """What is told of a photo that cannot be used."""
    words = f"{refusal.detail} {refusal.remedy}".strip()
    if refusal.code in NO_FACE:
        return errors.InvalidParameter(errors.NO_FACES)
    if refusal.code in OF_A_FACE:
        return errors.InvalidParameter(words)
    if refusal.code == "image_too_large":
        return errors.ImageTooLarge(words)
    return errors.InvalidImageFormat(words)


def _in_words(detail: Any, name: str = "") -> str:
    """The errors of a serializer in one line, each with the member that it is about."""
    if isinstance(detail, dict):
        inside = {
            key: f"{name}.{key}".strip(".") if key != "non_field_errors" else name for key in detail
        }
        return " ".join(_in_words(detail[key], inside[key]) for key in detail)
    if isinstance(detail, list):
        return " ".join(_in_words(each, name) for each in detail)
    return f"{name}: {detail}" if name else str(detail)
