"""The Celery application. The queue is a hint; what must run stands in the database."""

import os

from celery import Celery
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

app = Celery("faceverify")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["verification.worker"])
app.steps["worker"].add(DjangoStructLogInitStep)


@app.on_configure.connect
def install_sweep(sender, **_kwargs) -> None:
    from verification.worker import celery_hooks

    celery_hooks.install(sender)
