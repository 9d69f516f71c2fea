"""Rows in each state, for tests that do not run a comparison."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.support.photos import photo
from tests.support.submissions import submit_pair
from verification.models import Verification

VERDICT: dict[str, Any] = {
    "outcome": "match",
    "similarity": 0.91,
    "confidence": 0.98,
    "probability": 0.98,
    "threshold": 0.62,
    "band_low": 0.58,
    "band_high": 0.66,
    "model_name": "resnet29",
    "model_version": "1",
    "model_sha256": "a" * 64,
    "timings": {"total": 14.0},
}
REFUSAL: dict[str, Any] = {
    "refusal_code": "several_faces",
    "refusal_detail": "The photo shows 2 faces that are about equally prominent.",
    "refusal_remedy": "Choose one of them.",
    "refusal_which": "probe",
    "refusal_faces": [{"index": 0}, {"index": 1}],
}


def verification(owner: User, state: str = "pending", **values) -> Verification:
    """A stored verification in `state`; `values` are columns. Of a verdict the probability follows
    from outcome and confidence where it is not given.

    In one transaction: a worker that is running sees the row in that state only.
    """
    now = timezone.now()
    columns: dict[str, dict[str, Any]] = {
        "pending": {},
        "running": {
            "claim_token": uuid4(),
            "lease_expires_at": now + timedelta(seconds=60),
            "attempts": 1,
        },
        "done": VERDICT,
        "refused": REFUSAL,
        "failed": {"failure_code": "worker_lost"},
    }
    extra = columns[state]
    if state == "done" and "probability" not in values:
        told = extra | values
        confidence = told["confidence"]
        different = told["outcome"] == "no_match"
        values["probability"] = round(1 - confidence, 6) if different else confidence
    finished = {"finished_at": now} if state in Verification.FINISHED else {}
    with transaction.atomic():
        row = submit_pair(owner=owner, probe=photo(1), reference=photo(2))
        Verification.objects.filter(pk=row.pk).update(state=state, **finished, **extra | values)
    row.refresh_from_db()
    return row


def files_of(row) -> set[str]:
    """The names of the files stored for a verification."""
    from django.conf import settings

    folder = settings.MEDIA_ROOT / row.folder
    return {file.name for file in folder.iterdir()} if folder.exists() else set()
