"""Reads about the work itself."""

from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from .models import Worker


def workers_alive() -> QuerySet[Worker]:
    """The workers that were seen lately."""
    since = timezone.now() - timedelta(seconds=settings.FACEVERIFY_WORKER_LOST_SECONDS)
    return Worker.objects.filter(seen_at__gte=since)


def worker_is_alive() -> bool:
    """Whether there is any worker; if not, a page says that it waits for one."""
    return workers_alive().exists()
