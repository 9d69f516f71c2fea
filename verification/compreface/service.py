"""What the views of this room share: the key in a header, the errors, the photo of a request."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from accounts.authentication import signed_in
from accounts.models import ApiKey, User
from faceverify.api.endpoint import Endpoint, refuse_nul
from faceverify.api.rates import SubmitRate

from ..api.photos import FORM_OR_JSON, from_base64
from .errors import Code, CompreFaceError, exception_handler

HEADER = "x-api-key"


class HeaderKey(BaseAuthentication):
    """`x-api-key` with a key of ours."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        secret = request.headers.get(HEADER, "").strip()
        return signed_in(request, secret) if secret else None


@extend_schema(exclude=True)  # CompreFace's own description holds
class Service(Endpoint):
    """An address of CompreFace's. It takes what it does not know, as CompreFace does."""

    authentication_classes = [HeaderKey]
    parser_classes = FORM_OR_JSON
    of_one_gallery = True
    takes_photos = False  # in a POST: it costs a worker's time

    @property
    def owner(self) -> User:
        """The user whose key it is; permissions have refused anonymous requests."""
        return cast(User, self.request.user)

    @property
    def key(self) -> ApiKey:
        return cast(ApiKey, self.request.auth)

    def handle(self, request: Request, *args, **kwargs) -> Response:
        refuse_nul(request.query_params)
        method = str(request.method).lower()
        handler: Callable[..., Response] | None = getattr(self, method, None)
        if handler is None or method not in self.http_method_names:
            return self.http_method_not_allowed(request)
        return handler(request, *args, **kwargs)

    def get_exception_handler(self):
        return exception_handler

    def get_throttles(self) -> list[BaseThrottle]:
        throttles = super().get_throttles()
        if self.takes_photos and self.request.method == "POST":
            throttles.append(SubmitRate())
        return throttles


def photo_of(request: Request, name: str = "file") -> bytes:
    """The photo of a form, or in JSON as base64. Raises CompreFaceError."""
    part = part_of(request, name)
    if part is None:
        raise CompreFaceError(Code.PART_MISSING, f"Required request part '{name}' is not present")
    if hasattr(part, "read"):
        photo = part.read()
    elif isinstance(part, str):
        try:
            photo = from_base64(part)
        except ValueError:
            raise CompreFaceError(
                Code.FILE_UNUSABLE, f"{name}: must be a file of a form, or base64 in JSON"
            ) from None
    else:
        photo = b""
    if not photo:
        raise CompreFaceError(Code.FILE_UNUSABLE, f"{name}: the file is empty")
    return photo


def part_of(request: Request, name: str) -> Any:
    data = request.data
    return data.get(name) if isinstance(data, Mapping) else None


def member_of(request: Request, name: str) -> object:
    """A member of a JSON body. Raises CompreFaceError where there is none."""
    if (member := part_of(request, name)) is None:
        raise CompreFaceError(Code.PARAMETER_MISSING, f"{name}: must be given in the body, as JSON")
    return member
