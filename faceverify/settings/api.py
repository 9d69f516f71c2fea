"""The REST API."""

from .. import env
from .paths import BASE_DIR
from .web import ALLAUTH_TRUSTED_PROXY_COUNT, URL_PATH

API_RATE = env.text("FACEVERIFY_API_RATE", "600/min")
API_KEY_RATE = env.text("FACEVERIFY_API_KEY_RATE", "600/min")
API_SUBMIT_RATE = env.text("FACEVERIFY_API_SUBMIT_RATE", "120/min")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "faceverify.api.scopes.HasScope",
        "faceverify.api.scopes.OfOneGallery",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.MultiPartParser",
        "faceverify.api.parsers.LimitedJSONParser",
    ],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "faceverify.api.schema.EndpointSchema",
    "DEFAULT_THROTTLE_CLASSES": ["faceverify.api.rates.UserRate", "faceverify.api.rates.KeyRate"],
    "DEFAULT_THROTTLE_RATES": {
        "user": API_RATE,
        "key": API_KEY_RATE,
        "submit": API_SUBMIT_RATE,
    },
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "faceverify.api.problems.exception_handler",
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "faceverify",
    "VERSION": "1",
    "DESCRIPTION": (BASE_DIR / "faceverify/api/description.md").read_text(),
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": URL_PATH}] if URL_PATH else [],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "faceverify.api.schema.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "ENUM_NAME_OVERRIDES": {
        "JobState": "verification.comparisons.models.Verification.State",
        "Outcome": "verification.comparisons.models.Verification.Outcome",
        "ImportedFileOutcome": "verification.gallery_io.models.ImportedFile.Outcome",
        "AnchorState": "verification.gallery.models.Anchor.State",
        "VerificationKind": "verification.comparisons.kinds.registry.CHOICES",
        "ChangeKind": "verification.gallery.models.Change.Kind",
        "ImportSource": "verification.gallery_io.models.GalleryImport.Source",
        "VerificationSource": "verification.comparisons.models.Verification.Source",
    },
}
