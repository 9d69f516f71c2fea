"""The cache, and the queue between web and workers."""

import os

from .. import env, secret_files
from .paths import QUEUE_DIR

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "faceverify.cache.Cache",
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
