"""Health checks for load balancers and for people: `live` for the process alone, `ready` for all
that it needs and for what waits."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .health_checks import FAILED, OK, look


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether this web process should get requests, and what else is not as it should be.

    503 for what this process cannot do without, so that a load balancer sends requests elsewhere: its
    database, a place for photos, the recorded model. What every web process lacks at the same time,
    and what requests can do without, is told with status 200, for taking all of them out would turn
    a delay into an outage: no worker, a queue that stands still, a lost cache, little room.
    """
    found, _states = look()
    failed = any(finding.level == FAILED for finding in found)
    warned = any(finding.level != OK for finding in found)
    body = {
        "status": "unavailable" if failed else "degraded" if warned else "ok",
        **{finding.name: finding.word for finding in found},
        "details": {finding.name: finding.sentence for finding in found},
    }
    return JsonResponse(body, status=503 if failed else 200)
