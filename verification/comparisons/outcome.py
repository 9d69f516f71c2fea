"""The one place where a verdict is written into a verification."""

from functools import partial
from typing import Any

from django.core.files.base import ContentFile

from .. import engine
from ..jobs.claims import Claim
from ..jobs.files import delete_run_files
from ..photos.at_once import at_once
from .models import Verification


def end_with_verdict(
    claim: Claim[Verification],
    verdict: engine.Verdict,
    *,
    only_if: dict[str, Any] | None = None,
    **columns: Any,
) -> bool:
    """Store a verdict with its crops; `columns` are what a kind stores besides.

    False, with nothing stored, when the claim was lost or the row is not as `only_if` says.
    """
    row = claim.row
    written = claim.end(
        Verification.State.DONE,
        only_if=only_if,
        **_columns(verdict),
        **_stored_crops(row, verdict.crops),
        **columns,
    )
    if not written:
        delete_run_files(row)
    return written


def _columns(verdict: engine.Verdict) -> dict[str, Any]:
    decision, model = verdict.decision, verdict.model
    return {
        "outcome": decision.outcome,
        "similarity": decision.similarity,
        "confidence": decision.confidence,
        "probability": decision.probability,
        "threshold": decision.threshold,
        "band_low": decision.band.low,
        "band_high": decision.band.high,
        "model_name": model.name,
        "model_version": model.version,
        "model_sha256": model.sha256,
        "faces": verdict.faces,
        "timings": verdict.timings,
        "calibration": dict(verdict.calibration),
    }


def _stored_crops(row: Verification, crops: dict[str, bytes]) -> dict[str, Any]:
    """Write the crops; the columns that name them, and their sizes."""
    at_once(partial(_save, row, role, crop) for role, crop in crops.items())
    columns = {}
    for role in crops:
        columns[f"{role}_crop"] = getattr(row, f"{role}_crop").name
        columns[f"{role}_crop_bytes"] = getattr(row, f"{role}_crop_bytes")
    return columns


def _save(row: Verification, role: str, crop: bytes) -> None:
    getattr(row, f"{role}_crop").save(role, ContentFile(crop), save=False)
