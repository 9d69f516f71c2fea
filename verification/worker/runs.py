"""One run of one row, from its claim to whatever ends it."""

import random
from collections.abc import Callable
from typing import Any

import structlog
from celery import Task, shared_task
from django.db import Error, close_old_connections

from .. import engine
from ..engine.record import another_than
from ..jobs import claims
from ..jobs.claims import Claim
from ..jobs.errors import TRANSIENT_DATABASE_ERRORS
from ..jobs.models import Job
from ..photos.storage import FileUnreadable
from .celery_hooks import instance_id

# For tasks that may simply run again: Celery queues them again after a growing, random pause.
RETRIED: dict[str, Any] = {
    "autoretry_for": TRANSIENT_DATABASE_ERRORS,
    "retry_backoff": 2,
    "max_retries": 5,
}

logger = structlog.get_logger(__name__)


def job_task(model: type[Job], handler: Callable[[Claim], bool], **options: Any) -> Task:
    """The Celery task that carries out one row of `model`, given its primary key.

    `handler` does the work and ends the claim; it returns whether it wrote that end. `options` are
    those of the Celery task.
    """

    # Retried while the row cannot even be claimed. After that its own tries count.
    @shared_task(name=model.TASK, **RETRIED, **options)
    def task(pk: str) -> None:
        carry_out(model, pk, handler)

    return task


def carry_out(model: type[Job], pk: str, handler: Callable[[Claim], bool]) -> None:
    """Claim the row and have it handled.

    Raises a transient database error of the claim itself. Raises any unexpected error, after the
    row has been ended as failed, so that it is logged.
    """
    kind = model._meta.model_name
    loaded = engine.loaded_model()
    claim = claims.claim(
        model,
        pk=pk,
        worker=instance_id(),
        unless=another_than(loaded.sha256) if loaded else None,
    )
    if claim is None:
        logger.info(f"{kind}_not_claimed", row=pk)
        return
    log = logger.bind(row=pk, attempt=claim.row.attempts)
    try:
        _handle(claim, handler, kind, log)
    except TRANSIENT_DATABASE_ERRORS as error:
        _try_again(claim, "database_unavailable", error, log)


def _handle(claim: Claim, handler: Callable[[Claim], bool], kind: str | None, log: Any) -> None:
    try:
        written = handler(claim)
    except engine.ImageRefused as refusal:
        written = claims.end_refused(claim, refusal)
        log.info(f"{kind}_refused", code=refusal.code, written=written)
    except (FileNotFoundError, FileUnreadable) as error:
        # Lasting: a stored photo is gone or cannot be decrypted.
        written = claims.end_failed(claim, "photo_unavailable")
        log.error(f"{kind}_photo_unavailable", error=type(error).__name__, written=written)
    except engine.RateUnknown:
        # The model was changed for one without this operating point since the row was submitted.
        written = claims.end_failed(claim, "rate_not_offered")
        log.error(f"{kind}_rate_not_offered", written=written)
    except engine.ArtifactError as error:
        _try_again(claim, "model_unavailable", error, log)
    except (OSError, MemoryError) as error:
        _try_again(claim, "resources_exhausted", error, log)
    except TRANSIENT_DATABASE_ERRORS:
        raise
    except Exception:
        claims.end_failed(claim, "internal_error")
        raise
    else:
        log.info(f"{kind}_carried_out", written=written)


def _try_again(claim: Claim, code: str, error: Exception, log: Any) -> None:
    """Release the claim, to be tried again later; rows that failed together not at the same moment.

    Where the database cannot be reached even for that, the row's lease runs out, and the sweep of
    any worker releases it.
    """
    countdown = 2**claim.row.attempts * random.uniform(0.5, 1.5)  # noqa: S311  jitter
    log.error("run_failed", code=code, error=str(error), countdown=countdown)
    close_old_connections()  # one that an error has broken is made anew
    try:
        claims.release(claim, code, countdown=countdown)
    except Error as again:
        log.error("not_released", error=str(again))
