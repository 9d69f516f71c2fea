"""The Celery application. What has to run is known to the database; the queue is only a hint."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

# It warns a worker of root that pickled messages run code. The messages here are JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("faceverify")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["verification.worker"])
app.steps["worker"].add(DjangoStructLogInitStep)


@app.on_configure.connect
def install_sweep(sender: Celery, **_kwargs: Any) -> None:
    from verification.worker import sweep

    sweep.install(sender)
