"""Health checks for load balancers: `live` for the process alone, `ready` for all it needs."""

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
    """503 when the database or the cache cannot be reached, or when the model of this process is no
    longer the recorded one. A missing worker is only reported: submissions wait for it."""
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
