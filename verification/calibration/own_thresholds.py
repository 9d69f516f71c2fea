"""The thresholds that decide an owner's verdicts: the model's, or those of the own gallery."""

from dataclasses import dataclass, field
from uuid import UUID

from .. import engine
from .models import GalleryCalibration


@dataclass(frozen=True)
class Thresholds:
    """`shifts` by false-match rate, in logits, see `ml.decision.head.Head.adjusted`; `note` is what a
    verdict keeps of it."""

    shifts: dict[float, float] = field(default_factory=dict)
    note: dict = field(default_factory=dict)


def thresholds_of(owner_id: UUID) -> Thresholds:
    """What the owner has applied, if it was measured with this process's model."""
    model = engine.get_verifier().model["sha256"]
    applied = GalleryCalibration.objects.filter(owner_id=owner_id, model_sha256=model)
    row = applied.exclude(applied_at=None).first()
    if row is None or row.applied_at is None:
        return Thresholds()
    note = {
        "id": str(row.pk),
        "applied_at": row.applied_at.isoformat(),
        "people": row.result["people"],
        "photos": row.result["photos"],
    }
    return Thresholds(shifts_of(row.result["points"]), note)


def shifts_of(points: list[dict]) -> dict[float, float]:
    """The shift of each rate. A rate too rare to be measured is moved as the rarest measured one
    is when that is upwards, and else not: it never becomes the more lenient of the two."""
    own = {point["false_match_rate"]: point["own"] for point in points if point["own"]}
    shifts, rarest = {}, 0.0
    for rate in sorted({*engine.FALSE_MATCH_RATES, *own}, reverse=True):
        if point := own.get(rate):
            rarest = shifts[rate] = _shift(point["shift"])
        else:
            shifts[rate] = max(rarest, 0.0)
    return shifts


def _shift(stored: float | list[float]) -> float:
    """Older measurements moved the lower end of a band as well: of two numbers the second counts."""
    return float(stored[-1] if isinstance(stored, list) else stored)
