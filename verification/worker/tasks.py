"""Every Celery task. Running one twice changes nothing."""

import structlog
from celery import shared_task

from .. import engine
from ..batches.models import Batch
from ..batches.worker import compare_pairs
from ..bulk_changes.models import BulkChange
from ..bulk_changes.worker import carry_on
from ..calibration.models import GalleryCalibration
from ..calibration.worker import measure_gallery
from ..comparisons.kinds.registry import kind_of
from ..comparisons.models import Verification
from ..explanations.models import Explanation
from ..explanations.worker import explain
from ..gallery.embed_photos import (
    crop_write,
    find_face,
    photo_read,
    store_faces,
    waiting_beside,
)
from ..gallery.models import Anchor
from ..gallery.outliers import people_check
from ..gallery.undo import changes_prune
from ..gallery_io.exporting import export_gallery
from ..gallery_io.importing import import_gallery
from ..gallery_io.models import GalleryExport, GalleryImport
from ..gallery_io.services import exports_prune
from ..jobs import files, signals
from ..jobs.claims import Claim
from ..jobs.queue import (
    CHECK_PEOPLE,
    CHECK_PERSON,
    ERASE,
    PRUNE,
    PRUNE_RUNS,
    RETENTION,
    send_prune_runs,
    send_retention,
)
from ..live.models import LiveSession
from ..live.worker import end_unused
from ..looks.models import Look
from ..looks.services import looks_prune
from ..looks.worker import answer
from ..photos.storage import FileUnreadable
from ..retention.account import accounts_go_on
from ..retention.models import AccountExport
from ..retention.runs import run_is_due, run_rules
from ..retention.takeout import account_exports_prune, export_account
from ..unknown_faces.models import FaceGathering
from ..unknown_faces.worker import gather
from ..webhooks.models import Delivery
from ..webhooks.worker import deliver
from .runs import RETRIED, job_task
from .together import Together, together_task

EXPORT_SECONDS = (
    3600  # hard limit of what renews its lease as it goes: an export, or fetching photos
)

logger = structlog.get_logger(__name__)


def _compare(claim: Claim[Verification]) -> bool:
    return kind_of(claim.row).run(claim)


# A line for each kind of job: its model, which names the task, and what carries a row out.
run = job_task(Verification, _compare)
embed = together_task(
    Together(
        Anchor, photo_read, find_face, crop_write, store_faces, waiting_beside, Anchor.has_company
    )
)
look = job_task(Look, answer)
compare_batch = job_task(Batch, compare_pairs)
calibrate = job_task(GalleryCalibration, measure_gallery)
explain_verdict = job_task(Explanation, explain)
gather_faces = job_task(FaceGathering, gather, time_limit=EXPORT_SECONDS)
deliver_event = job_task(Delivery, deliver)
end_live_session = job_task(LiveSession, end_unused)
import_a_gallery = job_task(GalleryImport, import_gallery, time_limit=EXPORT_SECONDS)
export_a_gallery = job_task(GalleryExport, export_gallery, time_limit=EXPORT_SECONDS)
change_many = job_task(BulkChange, carry_on, time_limit=EXPORT_SECONDS)
export_an_account = job_task(AccountExport, export_account, time_limit=EXPORT_SECONDS)


@shared_task(name=PRUNE, **RETRIED)
def prune() -> None:
    """Queued every hour. One part that fails does not keep the others from being done."""
    results = [result for _receiver, result in signals.prune.send_robust(sender=None)]
    pruned = {what: n for done in results if isinstance(done, dict) for what, n in done.items()}
    if any(pruned.values()):
        logger.info("pruned", **pruned)
    for result in results:
        if isinstance(result, Exception):
            raise result


@shared_task(name=PRUNE_RUNS, **RETRIED)
def prune_lost_runs() -> None:
    """A turn; the next one follows until nothing is left."""
    models = files.models_with_files()
    if deleted := sum(map(files.prune_unnamed_files, models)):
        logger.info("pruned", files_of_lost_runs=deleted)
    if any(map(files.has_unnamed_files, models)):
        send_prune_runs()


@shared_task(name=CHECK_PERSON, **RETRIED)
def check_person(pk: str) -> None:
    """Queued with each change of a person's anchors, and again by the sweep if it was lost."""
    check_people([pk])


@shared_task(name=CHECK_PEOPLE, **RETRIED)
def check_people(ids: list[str]) -> None:
    """Queued by the sweep, for people whose photos came with many others."""
    try:
        people_check(ids)
    except (engine.ArtifactError, FileUnreadable) as error:
        logger.error("people_not_checked", rows=len(ids), error=type(error).__name__)


@shared_task(name=ERASE, **RETRIED)
def erase_expired() -> None:
    """Queued by the workers' sweep, twice a minute."""
    changes, exports = changes_prune(), exports_prune() + account_exports_prune()
    looks = looks_prune()
    accounts = accounts_go_on()
    if run_is_due():
        send_retention()
    if changes or exports or accounts or looks:
        logger.info(
            "deleted_rows_erased", changes=changes, exports=exports, accounts=accounts, looks=looks
        )


@shared_task(name=RETENTION, **RETRIED)
def retention() -> None:
    """A turn of the night's run; the next one follows until it is finished."""
    if not run_rules():
        send_retention()
