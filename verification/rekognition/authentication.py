"""Who has signed a request."""

from dataclasses import dataclass

import structlog
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.access_keys import api_key_by_access_id, pair_of
from accounts.audit import context
from accounts.models import ApiKey, User
from accounts.services import api_key_touch

from . import signature
from .errors import RequestTooLarge, UnrecognizedClient

MOST_BYTES = 16 * 1024 * 1024  # two photos of 5 MB in base64, and room
UNKNOWN = "The security token included in the request is invalid."
TEMPORARY = "There are no temporary credentials here: leave out X-Amz-Security-Token."

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request, and the region that the client believes to speak to."""

    owner: User
    key: ApiKey
    region: str


class SignatureAuthentication(BaseAuthentication):
    """Signs a program in by the signature of its request, and leaves `region` and `signed_body` on the
    request. The answer does not say whether a key is unknown, revoked or expired."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        plain: HttpRequest = request._request
        signed = signature.read(plain)
        if "X-Amz-Security-Token" in plain.headers:
            raise UnrecognizedClient(TEMPORARY)
        key = api_key_by_access_id(signed.access_key_id)
        access = pair_of(key) if key else None
        if key is None or access is None or access.id != signed.access_key_id:
            raise UnrecognizedClient(UNKNOWN)
        body = plain.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise RequestTooLarge(f"The body is larger than {MOST_BYTES:,} bytes.")
        signature.check(plain, signed, access.secret, body, timezone.now())
        api_key_touch(key=key, address=context.address_of(request))
        context.signed_in_by_key(key=key.pk, owner=key.owner_id)
        key.owner.bound_gallery = key.gallery
        request.region, request.signed_body = signed.region, body  # type: ignore[attr-defined]
        return key.owner, key
