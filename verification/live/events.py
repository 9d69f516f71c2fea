"""What the end of a session sets off: its photo goes, and webhooks are told."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from ..jobs.models import delete_files
from ..jobs.signals import job_finished
from ..webhooks.events import time
from ..webhooks.services import event_emit
from .models import LiveSession

EVENT = "live_session.completed"


def connect() -> None:
    job_finished.connect(session_ended, sender=LiveSession)


def session_ended(sender: type[LiveSession], pk: UUID, row: LiveSession, **_kwargs: Any) -> None:
    if row.photo:
        sender.objects.filter(pk=pk).update(photo="", photo_bytes=0)
        transaction.on_commit(partial(delete_files, row.folder))
    event_emit(
        owner_id=row.owner_id,
        event=EVENT,
        data={
            "id": str(row.pk),
            "task": row.task,
            "state": row.state,
            "outcome": row.outcome or None,
            "challenge": row.challenge or None,
            "refusal_code": row.refusal_code or None,
            "failure_code": row.failure_code or None,
            "person": str(row.person_id) if row.person_id else None,
            "verification": str(row.verification_id) if row.verification_id else None,
            "anchors_added": row.anchors_added,
            "source": row.source,
            "created_at": time(row.created_at),
            "finished_at": time(row.finished_at),
        },
    )
