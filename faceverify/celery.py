"""The Celery application. The queue is a hint; what must run stands in the database."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

app = Celery("faceverify")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
