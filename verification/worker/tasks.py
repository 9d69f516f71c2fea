"""The Celery tasks: carry out one row. Running one twice changes nothing."""

import random

import structlog
from celery import shared_task

from faceverify.api import idempotency

from .. import engine
from ..batches.worker import compare_pairs
from ..calibration.worker import measure_gallery
from ..comparisons.kinds.registry import kind_of
from ..engine.record import another_than
from ..gallery.outliers import person_check
from ..gallery.undo import changes_prune
from ..gallery.worker import embed_anchor
from ..gallery_io.exporting import export_gallery
from ..gallery_io.importing import import_gallery
from ..gallery_io.services import exports_prune
from ..jobs import claims, pruning
from ..jobs.queue import CHECK_PERSON, ERASE, PRUNE
from ..models import (
    Anchor,
    Batch,
    Delivery,
    GalleryCalibration,
    GalleryExport,
    GalleryImport,
    Verification,
)
from ..photos.storage import FileUnreadable
from ..webhooks.services import prune_deliveries
from ..webhooks.worker import deliver
from . import celery_hooks

EXPORT_SECONDS = 3600  # hard limit of an export, which renews its lease as it goes

logger = structlog.get_logger(__name__)


@shared_task(name=Verification.TASK)
def run(pk: str) -> None:
    """Claim the verification, compare, store the verdict or the refusal."""
    _carry_out(Verification, pk, lambda claim: kind_of(claim.row).run(claim))


@shared_task(name=Anchor.TASK)
def embed(pk: str) -> None:
    """Claim the anchor, find its face and embed it, or store the refusal."""
    _carry_out(Anchor, pk, embed_anchor)


@shared_task(name=Batch.TASK)
def compare_batch(pk: str) -> None:
    """Claim the batch and compare as many of its pairs as fit into a slice of time."""
    _carry_out(Batch, pk, compare_pairs)


@shared_task(name=GalleryCalibration.TASK)
def calibrate(pk: str) -> None:
    """Claim the calibration and measure the owner's gallery."""
    _carry_out(GalleryCalibration, pk, measure_gallery)


@shared_task(name=Delivery.TASK)
def deliver_event(pk: str) -> None:
    """Claim the delivery and send it, or say when to try again."""
    _carry_out(Delivery, pk, deliver)


@shared_task(name=GalleryImport.TASK)
def import_a_gallery(pk: str) -> None:
    """Claim the import and carry out its next turn."""
    _carry_out(GalleryImport, pk, import_gallery)


@shared_task(name=GalleryExport.TASK, time_limit=EXPORT_SECONDS)
def export_a_gallery(pk: str) -> None:
    """Claim the export and write its ZIP."""
    _carry_out(GalleryExport, pk, export_gallery)


def _carry_out(model, pk: str, work) -> None:
    kind = model._meta.model_name
    loaded = engine.loaded_model()
    claim = claims.claim(
        model,
        pk=pk,
        worker=celery_hooks.instance_id(),
        unless=another_than(loaded.sha256) if loaded else None,
    )
    if claim is None:
        logger.info(f"{kind}_not_claimed", row=pk)
        return
    log = logger.bind(row=pk, attempt=claim.row.attempts)
    try:
        written = work(claim)
    except engine.ImageRefused as refusal:
        written = claims.end_refused(claim, refusal)
        log.info(f"{kind}_refused", code=refusal.code, written=written)
    except (FileNotFoundError, FileUnreadable) as error:
        # Permanent: a stored photo is gone or does not decrypt, and a second look will not help.
        written = claims.end_failed(claim, "photo_unavailable")
        log.error(f"{kind}_photo_unavailable", error=type(error).__name__, written=written)
    except engine.RateUnknown:
        # The model was changed for one without this operating point since the row was handed in.
        written = claims.end_failed(claim, "rate_not_offered")
        log.error(f"{kind}_rate_not_offered", written=written)
    except engine.ArtifactError as error:
        _try_again(claim, "model_unavailable", error, log)
    except (OSError, MemoryError) as error:
        _try_again(claim, "resources_exhausted", error, log)
    except Exception:
        claims.end_failed(claim, "internal_error")
        raise
    else:
        log.info(f"{kind}_carried_out", written=written)


@shared_task(name=PRUNE)
def prune_files() -> None:
    """Queued at each start of a worker."""
    models = (Verification, Anchor, Batch, GalleryImport, GalleryExport)
    pruned = sum(pruning.prune_files(model) for model in models)
    logger.info(
        "files_pruned",
        folders=pruned,
        deliveries=prune_deliveries(),
        requests=idempotency.prune(),
    )


@shared_task(name=CHECK_PERSON)
def check_person(pk: str) -> None:
    """Queued with each change of a person's anchors, and again by the sweep if it was lost."""
    try:
        person_check(pk)
    except (engine.ArtifactError, FileUnreadable) as error:
        logger.error("person_not_checked", row=pk, error=type(error).__name__)


@shared_task(name=ERASE)
def erase_expired() -> None:
    """Queued by the workers' sweep, twice a minute."""
    changes, exports = changes_prune(), exports_prune()
    if changes or exports:
        logger.info("deleted_rows_erased", changes=changes, exports=exports)


def _try_again(claim, code: str, error: Exception, log) -> None:
    """Later, and not all at the same moment."""
    countdown = 2**claim.row.attempts * random.uniform(0.5, 1.5)  # noqa: S311  jitter
    log.error("given_back", code=code, error=str(error), countdown=countdown)
    claims.give_back(claim, code, countdown=countdown)
