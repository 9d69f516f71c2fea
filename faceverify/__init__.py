"""The Django project: settings, Celery application, root URLs, health, error format."""

from .celery import app as celery_app

__all__ = ["celery_app"]
