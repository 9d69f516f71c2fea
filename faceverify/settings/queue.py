"""The cache, and the queues between web and workers."""

import os
import ssl
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from kombu import Queue

from verification.jobs.queues import BULK, INTERACTIVE, QUEUES, WEBHOOKS

from .. import env
from ..private_paths import private_folder
from .paths import BASE_DIR, QUEUE_DIR

REDIS_URL = env.text("REDIS_URL")
_tls = {
    "ssl_ca_certs": env.file("FACEVERIFY_REDIS_CA", BASE_DIR),
    "ssl_certfile": env.file("FACEVERIFY_REDIS_CERTIFICATE", BASE_DIR),
    "ssl_keyfile": env.file("FACEVERIFY_REDIS_KEY", BASE_DIR),
}
if any(_tls.values()) and not REDIS_URL.startswith("rediss://"):
    raise ImproperlyConfigured(
        "FACEVERIFY_REDIS_CA, _CERTIFICATE and _KEY are for a REDIS_URL that begins with rediss://."
    )
if bool(_tls["ssl_certfile"]) != bool(_tls["ssl_keyfile"]):
    raise ImproperlyConfigured(
        "FACEVERIFY_REDIS_CERTIFICATE and FACEVERIFY_REDIS_KEY belong together: give both or none."
    )
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "faceverify.cache.Cache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "faceverify",
            "OPTIONS": {},
        }
    }
    if REDIS_URL.startswith("rediss://"):
        # The authorities of the system, where none is named. A host that is not the certificate's is refused.
        _options = {name: str(path) for name, path in _tls.items() if path}
        CACHES["default"]["OPTIONS"] = _options
        CELERY_BROKER_USE_SSL = {
            "ssl_cert_reqs": ssl.CERT_REQUIRED,
            "ssl_check_hostname": True,
            **_options,
        }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT = "faceverify.celery_redis:Transport"
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
    for _folder in (QUEUE_DIR, QUEUE_DIR / "messages"):
        private_folder(_folder)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "polling_interval": 0.05,
    }

# Processes of a worker that serves this queue alone; one that serves several has those of the first.
FACEVERIFY_QUEUE_PROCESSES = {
    INTERACTIVE: env.integer("FACEVERIFY_WORKERS", min(2, os.cpu_count() or 1), low=1, high=256),
    BULK: env.integer("FACEVERIFY_BULK_WORKERS", 1, low=1, high=256),
    WEBHOOKS: env.integer("FACEVERIFY_WEBHOOK_WORKERS", 2, low=1, high=256),
}

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a broker may be away for as long as it takes
CELERY_TASK_QUEUES = [Queue(name) for name in QUEUES]
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a misspelt queue stops the worker's start
CELERY_TASK_DEFAULT_QUEUE = INTERACTIVE
CELERY_TASK_ROUTES = ("verification.jobs.queue.route",)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # what could not be queued is queued by the next sweep
CELERY_TASK_TIME_LIMIT = env.integer("FACEVERIFY_TIME_LIMIT", 60, low=5, high=3600)
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = FACEVERIFY_QUEUE_PROCESSES[INTERACTIVE]
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120  # a child first loads the model
CELERY_WORKER_LOST_WAIT = 2  # before the row of a dead child is released
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# Connections are closed by verification/worker/celery_hooks.py, after CONN_MAX_AGE.
CELERY_DB_REUSE_MAX = 1_000_000
