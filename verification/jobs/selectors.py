"""Reads about the work itself."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from .models import Worker


def worker_is_alive() -> bool:
    """Whether any worker was heard of lately, so that a page can say "waiting for a worker"."""
    since = timezone.now() - timedelta(seconds=settings.FACEVERIFY_WORKER_LOST_SECONDS)
    return Worker.objects.filter(seen_at__gte=since).exists()
