"""Scripts of other origins that may use the API (django-cors-headers). None by default."""

from corsheaders.defaults import default_headers

from .. import env
from .web import INSTALLED_APPS, MIDDLEWARE

__all__ = [
    "CORS_ALLOWED_ORIGINS",
    "CORS_ALLOW_ALL_ORIGINS",
    "CORS_ALLOW_CREDENTIALS",
    "CORS_ALLOW_HEADERS",
    "CORS_EXPOSE_HEADERS",
    "CORS_PREFLIGHT_MAX_AGE",
    "CORS_URLS_REGEX",
]

_origins = env.origins("FACEVERIFY_API_ORIGINS")
CORS_ALLOW_ALL_ORIGINS = _origins == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else _origins
CORS_URLS_REGEX = r"^/api/"
# An API key signs in, never the cookie of somebody who happens to be signed in.
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_HEADERS = (
    *default_headers,
    "idempotency-key",
    "if-match",
    "if-none-match",
    "x-api-key",  # of programs that were written for CompreFace
    "x-request-id",
)
CORS_EXPOSE_HEADERS = (
    "Content-Disposition", "ETag", "Idempotent-Replayed", "Location", "RateLimit",
    "RateLimit-Policy", "Retry-After", "X-Request-ID",
)  # fmt: skip
CORS_PREFLIGHT_MAX_AGE = 3600  # seconds
if _origins:
    INSTALLED_APPS += ["corsheaders"]
    # Before whatever answers by itself; a preflight has no key and ends here.
    MIDDLEWARE.insert(1, "corsheaders.middleware.CorsMiddleware")
