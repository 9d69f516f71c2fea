"""/metrics, for whoever sends the token. Without a token in the settings there is no such page."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from . import snapshots, state


class Everything:
    """As a collector of prometheus_client."""

    def collect(self):
        yield from snapshots.collect()
        yield from state.collect()


def everything() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Everything())
    return registry


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    token = settings.FACEVERIFY_METRICS_TOKEN
    if not token:
        raise Http404("There are no metrics without FACEVERIFY_METRICS_TOKEN.")
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        given.strip().encode(), token.encode()
    ):
        answer = HttpResponse("Send the token: Authorization: Bearer TOKEN\n", status=401)
        answer.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        answer.headers["Content-Type"] = "text/plain; charset=utf-8"
        return answer
    return HttpResponse(generate_latest(everything()), content_type=CONTENT_TYPE_LATEST)
