"""The Celery task: run one comparison. Running it twice changes nothing."""

import random

import structlog
from celery import shared_task

from . import engine, worker
from .comparisons import pruning, running
from .queue import PRUNE, RUN
from .storage import FileUnreadable

logger = structlog.get_logger(__name__)


@shared_task(name=RUN)
def run(pk: str) -> None:
    """Claim the verification, compare its photos, store the verdict or the refusal."""
    claim = running.claim(pk=pk, worker=worker.instance_id())
    if claim is None:
        logger.info("verification_not_claimed", verification=pk)
        return
    log = logger.bind(verification=pk, attempt=claim.verification.attempts)
    try:
        verdict = _compare(claim.verification)
    except engine.ImageRefused as refusal:
        written = running.end_refused(claim, refusal)
        log.info("verification_refused", code=refusal.code, written=written)
    except (FileNotFoundError, FileUnreadable) as error:
        # Permanent: a stored photo is gone or does not decrypt, and a second look will not help.
        written = running.end_failed(claim, "photo_unavailable")
        log.error("verification_photo_unavailable", error=type(error).__name__, written=written)
    except engine.ArtifactError as error:
        _try_again(claim, "model_unavailable", error, log)
    except (OSError, MemoryError) as error:
        _try_again(claim, "resources_exhausted", error, log)
    except Exception:
        running.end_failed(claim, "internal_error")
        raise
    else:
        written = running.end_done(claim, verdict)
        log.info("verification_done", outcome=verdict.outcome, written=written)


@shared_task(name=PRUNE)
def prune_files() -> None:
    """Queued at each start of a worker."""
    pruned = pruning.prune_files()
    logger.info("files_pruned", folders=pruned)


def _compare(verification):
    with verification.probe_image.open("rb") as file:
        probe = file.read()
    with verification.reference_image.open("rb") as file:
        reference = file.read()
    return engine.compare(
        probe,
        reference,
        false_match_rate=verification.false_match_rate,
        probe_face=verification.probe_face,
        reference_face=verification.reference_face,
    )


def _try_again(claim, code: str, error: Exception, log) -> None:
    """Later, and not all at the same moment."""
    countdown = 2**claim.verification.attempts * random.uniform(0.5, 1.5)  # noqa: S311  jitter
    log.error("verification_given_back", code=code, error=str(error), countdown=countdown)
    running.give_back(claim, code, countdown=countdown)
