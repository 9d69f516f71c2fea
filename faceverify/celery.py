"""The Celery application. What has to run is known to the database; the queue is only a hint."""

import logging.config
import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging, worker_init
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

# It warns a worker of root that pickled messages run code. The messages here are JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("faceverify")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["verification.worker"])
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def configure_logging(**_kwargs: Any) -> None:
    """A worker logs as the web does. Celery would raise the level of all loggers to its --loglevel."""
    from django.conf import settings

    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
def show_signs_of_life(**_kwargs: Any) -> None:
    from faceverify import watchdog

    watchdog.begin()


@worker_init.connect
def limit_patience(**_kwargs: Any) -> None:
    from django.conf import settings

    from faceverify.postgresql import patience

    patience.limit(settings.WORKER_PATIENCE * settings.FACEVERIFY_DATABASE_SECONDS)


@worker_init.connect
def warn_of_open_paths(**_kwargs: Any) -> None:
    from faceverify import start

    start.warn_of_open_paths()


@app.on_configure.connect
def install_sweep(sender: Celery, **_kwargs: Any) -> None:
    from verification.worker import sweep

    sweep.install(sender)
