"""Settings from the environment and `.env`, with defaults that suit a fresh clone.

`.env.example` describes every variable. A value that cannot be read stops the start.
"""

import logging
import os
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from . import env, secret_files
from .logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
if env.boolean("FACEVERIFY_DOTENV", True):
    env.load_dotenv(BASE_DIR / ".env")

DEBUG = env.boolean("FACEVERIFY_DEBUG", False)
HTTPS = env.boolean("FACEVERIFY_HTTPS", False)

# Folders ---------------------------------------------------------------------------------------
VAR_DIR = secret_files.private_folder(env.path("FACEVERIFY_VAR", BASE_DIR / "var", BASE_DIR))
MEDIA_ROOT = secret_files.private_folder(env.path("FACEVERIFY_MEDIA", BASE_DIR / "media", BASE_DIR))
QUEUE_DIR = VAR_DIR / "queue"
FACEVERIFY_WAKEUP = VAR_DIR / "wakeup"  # see verification/jobs/wakeup.py

# Secrets ---------------------------------------------------------------------------------------
SECRET_KEY = env.text("FACEVERIFY_SECRET_KEY") or secret_files.secret_key(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.words("FACEVERIFY_SECRET_KEY_FALLBACKS")
_keys_file = VAR_DIR / "file_keys"
_given_keys = env.words("FACEVERIFY_FILE_KEYS")
# The file, if this process makes it: its key decrypts nothing that is already stored.
FACEVERIFY_NEW_FILE_KEY = None if _given_keys or _keys_file.exists() else _keys_file
FACEVERIFY_FILE_KEYS = _given_keys or secret_files.file_keys(_keys_file, MEDIA_ROOT)

# Hosts -----------------------------------------------------------------------------------------
# Always this machine, for health checks.
ALLOWED_HOSTS = [*env.words("FACEVERIFY_HOSTS"), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.words("FACEVERIFY_ORIGINS")
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("FACEVERIFY_PROXIES", 0, low=0, high=10)
if ALLAUTH_TRUSTED_PROXY_COUNT and HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Applications ----------------------------------------------------------------------------------
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
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "faceverify.api",
    "accounts",
    "verification",
    "faceverify.apps.FaceverifyConfig",
]

MIDDLEWARE = [
    "faceverify.middleware.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "faceverify.middleware.PhotosBusyMiddleware",
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
            ],
        },
    }
]

# Database --------------------------------------------------------------------------------------
SQLITE_OPTIONS = {
    # A write transaction waits for its lock at its start. Otherwise it could fail in the middle
    # with "database is locked", for web and worker both write.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL;",
}
try:
    _database = dj_database_url.parse(
        env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}"),
        conn_max_age=60,
        conn_health_checks=True,
    )
except (ValueError, dj_database_url.ParseError) as error:
    raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {type(error).__name__}.") from None
if _database["ENGINE"].endswith("sqlite3"):
    _database["OPTIONS"] = SQLITE_OPTIONS
elif not _database["ENGINE"].endswith("postgresql"):
    raise ImproperlyConfigured("DATABASE_URL: use sqlite:///... or postgresql://...")
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache and queue -------------------------------------------------------------------------------
REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "faceverify",
        }
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "global_keyprefix": "faceverify.",
        "socket_connect_timeout": 2,
        "socket_timeout": 10,
    }
else:
    # The threads of the one web process share it.
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CELERY_BROKER_URL = "filesystem://localhost/"
    CELERY_BROKER_TRANSPORT = "faceverify.celery_filesystem:Transport"
    for _name in ("messages", "control"):
        secret_files.private_folder(QUEUE_DIR / _name)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "control_folder": str(QUEUE_DIR / "control"),
        "polling_interval": 0.05,
    }

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "verifications"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # what could not be queued is queued by the next sweep
CELERY_TASK_TIME_LIMIT = env.integer("FACEVERIFY_TIME_LIMIT", 60, low=5, high=3600)
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.integer(
    "FACEVERIFY_WORKERS", min(2, os.cpu_count() or 1), low=1, high=256
)
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120  # a child first loads the model
CELERY_WORKER_LOST_WAIT = 2  # before the row of a dead child is released
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Connections are closed by verification/worker/celery_hooks.py, after CONN_MAX_AGE.
CELERY_DB_REUSE_MAX = 1_000_000

# Comparisons -----------------------------------------------------------------------------------
# A name or a folder; empty: the recorded model, see verification/engine/record.py.
FACEVERIFY_MODEL = env.text("FACEVERIFY_MODEL")
FACEVERIFY_RUNTIME = env.choice("FACEVERIFY_RUNTIME", "litert", ("litert", "keras"))
FACEVERIFY_THREADS = env.integer("FACEVERIFY_THREADS", 1, low=1, high=64)
# The verdict is "different people" where the probability of the same person is at most this; None:
# the model's own value. From 0.5 on, the verdict would contradict the probability shown with it.
FACEVERIFY_NO_MATCH_CHANCE = env.decimal(
    "FACEVERIFY_NO_MATCH_CHANCE", None, low=0.0001, high=0.4999
)
FACEVERIFY_TRIES = 3
# A run holds its row a little longer than the hard time limit lets it live.
FACEVERIFY_LEASE_SECONDS = CELERY_TASK_TIME_LIMIT + 10
FACEVERIFY_SWEEP_SECONDS = env.decimal("FACEVERIFY_SWEEP_SECONDS", 5, low=0.1, high=60)
FACEVERIFY_REQUEUE_SECONDS = env.decimal("FACEVERIFY_REQUEUE_SECONDS", 30, low=1, high=3600)
FACEVERIFY_WORKER_LOST_SECONDS = max(15, 3 * FACEVERIFY_SWEEP_SECONDS)
# For so long a deletion, merge, move or split in a gallery can be undone.
FACEVERIFY_UNDO_MINUTES = env.decimal("FACEVERIFY_UNDO_MINUTES", 30, low=0, high=60 * 24 * 30)
# Whether webhooks may lead into private networks. Every user can then make the server send
# requests there.
FACEVERIFY_WEBHOOK_PRIVATE = env.boolean("FACEVERIFY_WEBHOOK_PRIVATE", False)
# The largest ZIP that may be imported, and for how long an export can be downloaded.
FACEVERIFY_IMPORT_MEGABYTES = env.integer("FACEVERIFY_IMPORT_MEGABYTES", 512, low=1, high=4000)
FACEVERIFY_EXPORT_HOURS = env.decimal("FACEVERIFY_EXPORT_HOURS", 24, low=0, high=24 * 30)
FACEVERIFY_WAITERS = env.integer("FACEVERIFY_WAITERS", 4, low=0, high=1000)

# Files -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("FACEVERIFY_STATIC", VAR_DIR / "static", BASE_DIR)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {"BACKEND": "verification.photos.storage.EncryptedStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(MEDIA_ROOT),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Uploads stay in memory: no photo is written unencrypted to a temporary folder.
FILE_UPLOAD_HANDLERS = ["verification.photos.uploads.LimitedMemoryUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 400  # above the limits of forms, which name the fault

# Accounts --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "FACEVERIFY_EMAIL_VERIFICATION", "optional", ("mandatory", "optional", "none")
)
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[faceverify] "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "confirm_email": "1/3m/key",
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"

# E-mail ----------------------------------------------------------------------------------------
EMAIL_HOST = env.text("FACEVERIFY_SMTP_HOST")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_PORT = env.integer("FACEVERIFY_SMTP_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("FACEVERIFY_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("FACEVERIFY_SMTP_PASSWORD")
EMAIL_USE_TLS = env.boolean("FACEVERIFY_SMTP_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("FACEVERIFY_EMAIL_FROM", "faceverify <noreply@localhost>")

# Security --------------------------------------------------------------------------------------
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
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # scripts send the token from the page, not from the cookie
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# HSTS preloading binds a whole domain for years: an application should not ask for it.
SILENCED_SYSTEM_CHECKS = ["security.W021"]

# API -------------------------------------------------------------------------------------------
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
    },
}

# Language and time -----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# Logs ------------------------------------------------------------------------------------------
LOG_FORMAT = env.choice("FACEVERIFY_LOG_FORMAT", "console", ("console", "json"))
LOG_LEVEL = env.choice("FACEVERIFY_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
