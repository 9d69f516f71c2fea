"""Which ends of jobs are sent as events. Ids and outcomes only: no photo, no name, no embedding."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Count

from ..batches.models import Batch
from ..comparisons.models import Verification
from ..comparisons.verdicts import leaning_of
from ..gallery_io.models import GalleryImport, ImportedFile
from ..jobs.signals import job_finished
from ..jobs.statements import Statement
from .models import Webhook
from .services import event_emit


def connect() -> None:
    job_finished.connect(verification_completed, sender=Verification)
    job_finished.connect(batch_completed, sender=Batch)
    job_finished.connect(import_completed, sender=GalleryImport)


def verification_completed(row: Verification, **_kwargs: Any) -> None:
    if not _listening().run(row.owner_id):
        return
    event_emit(
        owner_id=row.owner_id,
        event="verification.completed",
        data={
            "id": str(row.pk),
            "kind": row.kind,
            "state": row.state,
            "outcome": row.outcome or None,
            "leaning": leaning_of(row),
            "refusal_code": row.refusal_code or None,
            "failure_code": row.failure_code or None,
            "person": str(row.person_id) if row.person_id else None,
            "source": row.source,
            "created_at": time(row.created_at),
            "finished_at": time(row.finished_at),
        },
    )


@cache
def _listening() -> Statement[Webhook]:
    """The webhooks of an account that are switched on."""
    enabled = Webhook.objects.filter(enabled=True).order_by()
    return Statement(lambda owner: (enabled.filter(owner=owner), None), ids=1)


def batch_completed(row: Batch, **_kwargs: Any) -> None:
    event_emit(
        owner_id=row.owner_id,
        event="batch.completed",
        data={
            "id": str(row.pk),
            "state": row.state,
            "failure_code": row.failure_code or None,
            "total": row.total,
            "done": row.done,
            "created_at": time(row.created_at),
            "finished_at": time(row.finished_at),
        },
    )


def import_completed(row: GalleryImport, **_kwargs: Any) -> None:
    counts = dict.fromkeys(ImportedFile.Outcome.values, 0)
    counts |= dict(row.files.order_by().values_list("outcome").annotate(Count("id")))
    event_emit(
        owner_id=row.owner_id,
        event="import.completed",
        data={
            "id": str(row.pk),
            "state": row.state,
            "refusal_code": row.refusal_code or None,
            "failure_code": row.failure_code or None,
            "people_added": row.people_added,
            "files": counts,
            "created_at": time(row.created_at),
            "finished_at": time(row.finished_at),
        },
    )


def time(value: datetime | None) -> str | None:
    return value.isoformat().replace("+00:00", "Z") if value else None
