"""The Django project: settings, Celery application, root URLs, health, error format."""

from .celery import app as celery_app

__all__ = ["__version__", "celery_app"]

__version__ = "1.0.0"  # as in pyproject.toml
