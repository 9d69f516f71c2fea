"""Hosts, applications, files and the security of answers."""

from csp.constants import NONE, SELF

from .. import env
from .paths import BASE_DIR, DEBUG, HTTPS, VAR_DIR
from .storage import STORAGE_BELOW

# Hosts ------------------------------------------------------------------------------------------
# Always this machine, for health checks.
ALLOWED_HOSTS = [*env.words("FACEVERIFY_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("FACEVERIFY_ORIGINS")
# The path below which a proxy serves the site.
URL_PATH = env.url_path("FACEVERIFY_PATH")
if URL_PATH:
    FORCE_SCRIPT_NAME = URL_PATH
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("FACEVERIFY_PROXIES", 0, low=0, high=10)
if ALLAUTH_TRUSTED_PROXY_COUNT and HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Applications -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "faceverify.api",
    "accounts",
    "accounts.invitations",
    "verification",
    "faceverify.apps.FaceverifyConfig",
]

MIDDLEWARE = [
    "faceverify.metrics.events.MetricsMiddleware",
    "faceverify.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "faceverify.middleware.PrivateAnswersMiddleware",
    "verification.rekognition.middleware.RekognitionMiddleware",
    "faceverify.outages.OutageMiddleware",
    "verification.api.middleware.RetryAfterMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "faceverify.middleware.SlashMiddleware",
    "faceverify.zones.ZoneMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.audit.middleware.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.middleware.SessionMiddleware",
    "accounts.factors.middleware.StaffFactorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "faceverify.middleware.QuotaMiddleware",
]

ROOT_URLCONF = "faceverify.urls"
WSGI_APPLICATION = "faceverify.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.operator.context.site",
                "faceverify.context.frame",
            ],
            "builtins": [
                "faceverify.templatetags.times",
                "faceverify.templatetags.words",
                "verification.templatetags.sentences",
            ],
        },
    }
]

# Files ------------------------------------------------------------------------------------------
STATIC_URL = f"{URL_PATH}/static/"
STATIC_ROOT = env.path("FACEVERIFY_STATIC", VAR_DIR / "static", BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "verification.photos.storage.EncryptedStorage"},
    "private": STORAGE_BELOW,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads stay in memory: no photo is written unencrypted to a temporary folder.
FILE_UPLOAD_HANDLERS = ["verification.photos.uploads.LimitedMemoryUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 400  # above the limits of forms, which name the fault

# Security ---------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# The camera for the pages of this site (webcam snapshot), and nothing else.
PERMISSIONS_POLICY = {
    "camera": "self",
    "microphone": [],
    "geolocation": [],
    "payment": [],
    "usb": [],
    "browsing-topics": [],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "faceverify_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = URL_PATH or "/"
if URL_PATH:  # a cookie with messages would go to everything on the host
    MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts send the token from the page, not from the cookie
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [rf"^{URL_PATH[1:]}/?health/", rf"^{URL_PATH[1:]}/?metrics$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# HSTS preloading binds a whole domain for years: an application should not ask for it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# Time -------------------------------------------------------------------------------------------
TIME_ZONE = "UTC"
USE_TZ = True
