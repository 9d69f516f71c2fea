"""Logs."""

import logging

from .. import env
from ..logs import logging_config

LOG_FORMAT = env.choice("FACEVERIFY_LOG_FORMAT", "console", ("console", "json"))
LOG_LEVEL = env.choice("FACEVERIFY_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
# The end of each job is logged at INFO by the worker, with the ids of its task and of the request.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
