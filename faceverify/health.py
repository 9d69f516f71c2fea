"""Health for load balancers: `live` says the process answers, `ready` that its parts do."""

import logging

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from verification.engine import record
from verification.jobs.selectors import worker_is_alive

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request):
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request):
    """503 when the database or the cache is out of reach, or when another model than this process's
    was recorded since it started. A missing worker does not take the site down (submissions wait), so
    it is reported only."""
    checks = {"database": _database(), "cache": _cache()}
    reachable = all(checks.values())
    another = record.problem() if reachable else None
    ok = reachable and not another
    worker = reachable and worker_is_alive()
    body = {name: "ok" if good else "unreachable" for name, good in checks.items()}
    if reachable:
        body["model"] = "not the recorded one" if another else "ok"
    body["worker"] = "ok" if worker else "not seen"
    return JsonResponse(
        {"status": "ok" if ok else "unavailable", **body}, status=200 if ok else 503
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.error("health_database_unreachable error=%s", type(error).__name__)
        return False
    return True


def _cache() -> bool:
    import redis.exceptions

    try:
        cache.get("health")
    except (redis.exceptions.RedisError, OSError) as error:
        logger.error("health_cache_unreachable error=%s", type(error).__name__)
        return False
    return True
