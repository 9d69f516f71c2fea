"""API keys for Django REST framework: `Authorization: Bearer fv_...`."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from .audit import context
from .models import ApiKey, User
from .selectors import api_key_find
from .services import api_key_touch


class ApiKeyAuthentication(BaseAuthentication):
    """Signs a program in by its key. The answer does not say whether a key is wrong, revoked or
    expired."""

    def authenticate(self, request):
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        return signed_in(request, secret.strip().decode("latin-1"))

    def authenticate_header(self, request) -> str:
        return 'Bearer realm="api"'


def signed_in(request, secret: str) -> tuple[User, ApiKey]:
    """The owner of the key with this secret, and the key, as Django REST framework wants them.
    Raises AuthenticationFailed."""
    key = api_key_find(secret=secret)
    if key is None:
        raise AuthenticationFailed(
            "This API key is not valid: it may be mistyped, revoked or expired.",
            code="invalid_api_key",
        )
    api_key_touch(key=key, address=context.address_of(request))
    context.signed_in_by_key(key=key.pk, owner=key.owner_id)
    key.owner.bound_gallery = key.gallery
    return key.owner, key


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema) -> dict:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "fv_..."}
