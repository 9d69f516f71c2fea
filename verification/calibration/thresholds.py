"""The thresholds that decide an owner's verdicts: the model's, or those of the own gallery."""

from dataclasses import dataclass, field

from .. import engine
from .models import GalleryCalibration


@dataclass(frozen=True)
class Thresholds:
    """`shifts` by false-match rate, in logits, see `ml.decision.head.Head.adjusted`; `note` is what a
    verdict keeps of it."""

    shifts: dict[float, tuple[float, float]] = field(default_factory=dict)
    note: dict = field(default_factory=dict)


def thresholds_of(owner_id) -> Thresholds:
    """What the owner has applied, if it was measured with this process's model."""
    model = engine.get_verifier().model["sha256"]
    applied = GalleryCalibration.objects.filter(
        owner_id=owner_id, applied_at__isnull=False, model_sha256=model
    )
    found = next(iter(applied.order_by().values_list("pk", "applied_at", "result")), None)
    if found is None:
        return Thresholds()
    pk, applied_at, result = found
    note = {
        "id": str(pk),
        "applied_at": applied_at.isoformat(),
        "people": result["people"],
        "photos": result["photos"],
    }
    return Thresholds(shifts_of(result["points"]), note)


def shifts_of(points: list[dict]) -> dict[float, tuple[float, float]]:
    """The shift of each rate. A rate too rare to be measured is moved as the rarest measured one
    is when that is upwards, and else not: it never becomes the more lenient of the two."""
    shifts, rarest = {}, (0.0, 0.0)
    for point in sorted(points, key=lambda point: -point["false_match_rate"]):
        if point["own"]:
            rarest = tuple(point["own"]["shift"])
            shifts[point["false_match_rate"]] = rarest
        else:
            up = max(rarest[1], 0.0)
            shifts[point["false_match_rate"]] = (up, up)
    return shifts
