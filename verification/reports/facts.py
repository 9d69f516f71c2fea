"""What a report states, as JSON that a seal covers, and where the verdict says something else today."""

import hashlib
from datetime import datetime
from typing import Any

from django.db.models.fields.files import FieldFile

from ..comparisons.models import Verification
from ..comparisons.words import ERASED_NAME
from ..photos.storage import FileUnreadable

# What it is called, by the column of a verification.
COLUMNS = {
    "kind": "kind of comparison",
    "title": "title",
    "outcome": "outcome",
    "similarity": "similarity",
    "probability": "chance of the same person",
    "confidence": "confidence",
    "threshold": "threshold",
    "band_low": "lower end of the open band",
    "band_high": "upper end of the open band",
    "false_match_rate": "false-match rate",
    "calibration": "thresholds measured on the gallery",
    "model_name": "model",
    "model_version": "version of the model",
    "model_sha256": "SHA-256 of the model",
    "source": "way in",
    "person_name": "person",
    "candidates": "nearest people",
    "named_faces": "named faces",
    "probe_name": "name of the first file",
    "reference_name": "name of the second file",
    "created_at": "time of submission",
    "finished_at": "time of the verdict",
}
PHOTOS = {"probe_image": "first photo", "reference_image": "second photo"}
# A person who is erased everywhere goes out of these, and out of texts, where a mark stays.
ERASABLE = ("person_name", "candidates", "named_faces")
TEXTS = ("title", "probe_name", "reference_name")


def facts_of(verification: Verification, *, asked_by: str, made_at: datetime) -> dict[str, Any]:
    """`photos`: the SHA-256 of each stored photo; None where there is none."""
    return {
        "verification": str(verification.pk),
        "made_at": made_at.isoformat(),
        "asked_by": asked_by,
        **{column: _plain(getattr(verification, column)) for column in COLUMNS},
        "photos": {name: _digest(getattr(verification, name)) for name in PHOTOS},
    }


def differences(facts: dict[str, Any], verification: Verification) -> list[str]:
    """In sentences, what this server's verdict says in another way than the facts."""
    told = []
    for column, words in COLUMNS.items():
        now = _plain(getattr(verification, column))
        if column in ERASABLE and verification.name_erased_at:
            continue
        if column in TEXTS and ERASED_NAME in now:
            continue
        if facts.get(column) != now:
            told.append(
                f"{words}: the report says {_shown(facts.get(column))}, this server {_shown(now)}."
            )
    digests = facts.get("photos")
    for name, words in PHOTOS.items():
        now = _digest(getattr(verification, name))
        if not verification.photos_erased_at and (
            not isinstance(digests, dict) or digests.get(name) != now
        ):
            told.append(f"{words}: another one than the report was made with.")
    return told


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _digest(photo: FieldFile) -> str | None:
    if not photo:
        return None
    try:
        with photo.open("rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except (FileNotFoundError, FileUnreadable):
        return None


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return "another list" if value else "nothing"
    return f"“{value}”" if value not in ("", None) else "nothing"
