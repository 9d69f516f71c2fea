"""The Celery application. The queue is a hint; what must run stands in the database."""

import os
import warnings

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
def install_sweep(sender, **_kwargs) -> None:
    from verification.worker import celery_hooks

    celery_hooks.install(sender)
