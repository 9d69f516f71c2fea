"""What happens, counted where it happens. Counting never keeps anything from happening."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.http import HttpRequest

from verification.comparisons.models import Verification
from verification.jobs.files import models_with_files
from verification.jobs.models import FAILED, REFUSED, Job
from verification.jobs.signals import job_finished
from verification.live.frames import frame_done
from verification.webhooks.models import Delivery

from . import definitions, snapshots

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class MetricsMiddleware:
    """Counts each request by the name of its route: an address may hold an id or a key."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        began = time.perf_counter()
        response = self.get_response(request)
        method = request.method if request.method in METHODS else "other"
        labels = route_of(request), str(method)
        definitions.REQUESTS.labels(*labels, str(response.status_code)).inc()
        definitions.REQUEST_SECONDS.labels(*labels).observe(time.perf_counter() - began)
        snapshots.changed()
        return response


def route_of(request: HttpRequest) -> str:
    if request.resolver_match is not None:
        return request.resolver_match.view_name or "unnamed"
    return "static" if request.path.startswith(str(settings.STATIC_URL)) else "none"


def connect() -> None:
    job_finished.connect(_job_finished)
    frame_done.connect(_frame_done)
    for model in models_with_files():
        post_delete.connect(_deleted, sender=model)


def outage(code: str) -> None:
    definitions.OUTAGES.labels(code).inc()
    snapshots.changed()


def _deleted(sender: type[Job], **_kwargs: Any) -> None:
    def count() -> None:
        definitions.DELETIONS.labels(_name(sender)).inc()
        snapshots.changed()

    transaction.on_commit(count, robust=True)


def _job_finished(row: Job, **_kwargs: Any) -> None:
    transaction.on_commit(lambda: _count_job(row), robust=True)


def _count_job(row: Job) -> None:
    name = _name(type(row))
    definitions.JOBS.labels(name, row.state).inc()
    if row.state == REFUSED:
        definitions.REFUSALS.labels(name, row.refusal_code).inc()
    if row.state == FAILED:
        definitions.FAILURES.labels(name, row.failure_code).inc()
    if row.started_at:
        waited = (row.started_at - row.created_at).total_seconds()
        definitions.WAIT_SECONDS.labels(name).observe(max(0.0, waited))
    if isinstance(row, Delivery):
        definitions.DELIVERIES.labels(row.state).inc()
    if isinstance(row, Verification) and row.outcome:
        definitions.VERDICTS.labels(row.kind, row.outcome).inc()
        for step, milliseconds in (row.timings or {}).items():
            definitions.STEP_SECONDS.labels(step).observe(milliseconds / 1000)
    snapshots.changed()


def _frame_done(seconds: float, **_kwargs: Any) -> None:
    definitions.LIVE_FRAME_SECONDS.observe(seconds)
    snapshots.changed()


def _name(model: type[Job]) -> str:
    return str(model._meta.model_name)
