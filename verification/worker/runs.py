"""One run of one row, from its claim to whatever ends it."""

import random
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import uuid4

import structlog
from celery import Task, shared_task
from django.conf import settings
from django.db import Error, close_old_connections
from django.utils import translation

from .. import engine
from ..engine.record import another_than
from ..jobs import claims
from ..jobs.claims import Claim
from ..jobs.errors import TRANSIENT_DATABASE_ERRORS, is_outage
from ..jobs.models import Job
from ..photos.storage import FileUnreadable, private_files
from . import children
from .celery_hooks import instance_id

# For tasks that may simply run again: Celery queues them again after a growing, random pause.
RETRIED: dict[str, Any] = {
    "autoretry_for": TRANSIENT_DATABASE_ERRORS,
    "retry_backoff": 2,
    "max_retries": 5,
}

WAIT_SECONDS = 10  # until a row is tried again that met a full disk or a missing model
HOLD_SECONDS = 40  # for so long a process holds a row that it cannot give back

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
    loaded, token = engine.loaded_model(), uuid4()
    # Held before it is taken: what nobody holds, the sweep gives to others. And what a worker writes is
    # stored: English, whatever the site speaks.
    with children.holding(token), translation.override(None):
        claim = claims.claim(
            model,
            pk=pk,
            worker=instance_id(),
            token=token,
            unless=another_model(loaded.sha256) if loaded else None,
        )
        if claim is None:
            logger.info(f"{model._meta.model_name}_not_claimed", row=pk)
        else:
            handled(claim, handler)


def handled(claim: Claim, handler: Callable[[Claim], bool | None]) -> bool:
    """Have a row handled, and end, release or put off the claim when that fails; False when not even that
    could be written: the row is left to its lease.

    `handler` returns None where the end is still to come. Raises as `carry_out`.
    """
    log = logger.bind(row=str(claim.row.pk), attempt=claim.row.attempts)
    try:
        return _handle(claim, handler, claim.row._meta.model_name, log)
    except TRANSIENT_DATABASE_ERRORS as error:
        if is_outage(error):
            return _put_off(claim, "database_unavailable", error, log)
        return _try_again(claim, "database_unavailable", error, log)


@lru_cache(maxsize=8)
def another_model(sha256: str) -> claims.Condition:
    return lambda: another_than(sha256)


def _handle(
    claim: Claim, handler: Callable[[Claim], bool | None], kind: str | None, log: Any
) -> bool:
    try:
        written = handler(claim)
    except engine.ImageRefused as refusal:
        written = claims.end_refused(claim, refusal)
        log.info(f"{kind}_refused", code=refusal.code, written=written)
    except (FileNotFoundError, FileUnreadable) as error:
        if isinstance(error, FileNotFoundError) and _files_out_of_reach(claim.row):
            return _put_off(claim, "files_unavailable", error, log)
        # Lasting: a stored photo is gone or cannot be decrypted.
        written = claims.end_failed(claim, "photo_unavailable")
        log.error(f"{kind}_photo_unavailable", error=type(error).__name__, written=written)
    except engine.RateUnknown:
        # The model was changed for one without this operating point since the row was submitted.
        written = claims.end_failed(claim, "rate_not_offered")
        log.error(f"{kind}_rate_not_offered", written=written)
    except engine.ArtifactError as error:
        return _put_off(claim, "model_unavailable", error, log)
    except engine.DecodersBusy as error:
        return _put_off(claim, "decoders_busy", error, log)
    except (OSError, MemoryError) as error:
        if is_outage(error):
            return _put_off(claim, "disk_unavailable", error, log)
        return _try_again(claim, "resources_exhausted", error, log)
    except TRANSIENT_DATABASE_ERRORS:
        raise
    except Exception:
        claims.end_failed(claim, "internal_error")
        raise
    else:
        if written is not None:
            log.info(f"{kind}_carried_out", written=written)
    return True


def _files_out_of_reach(row: Job) -> bool:
    """Whether what has all files of this kind is missing: a disk that is not mounted, a bucket."""
    return bool(row.ROOT) and private_files().inner.is_lost(row.ROOT)


def _put_off(claim: Claim, code: str, error: Exception, log: Any) -> bool:
    """Give the row back without counting the try; False when that could not be written.

    A full disk may keep even that from being written: then this process waits with it for as long
    as it may hold the row, instead of failing at the next one too.
    """
    log.error("run_put_off", code=code, error=str(error))
    until = time.monotonic() + min(HOLD_SECONDS, settings.CELERY_TASK_TIME_LIMIT / 2)
    while True:
        close_old_connections()  # one that an error has broken is made anew
        try:
            claims.put_off(claim, WAIT_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  jitter
            return True
        except Error as again:
            if time.monotonic() > until:
                log.error("not_released", error=str(again))
                return False
        time.sleep(1)


def _try_again(claim: Claim, code: str, error: Exception, log: Any) -> bool:
    """Release the claim, to be tried again later; rows that failed together not at the same moment. False
    when that could not be written.

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
        return False
    return True
