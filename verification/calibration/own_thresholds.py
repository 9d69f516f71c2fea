"""The thresholds that decide an owner's verdicts: the model's, or those of the own gallery."""

from functools import cache
from uuid import UUID

from django.db.models import QuerySet

from .. import engine
from ..jobs.statements import Statement
from .models import GalleryCalibration


def thresholds_of(owner_id: UUID, gallery_id: UUID | None = None) -> engine.OwnThresholds:
    """What is applied in a gallery, without one in the owner's default one. It counts for the model
    alone that it was measured with."""
    statement = _of_default() if gallery_id is None else _of_gallery()
    row = next(iter(statement.run(gallery_id or owner_id)), None)
    if row is None or row.applied_at is None:
        return engine.MODELS_OWN
    note = {
        "id": str(row.pk),
        "applied_at": row.applied_at.isoformat(),
        "people": row.result["people"],
        "photos": row.result["photos"],
    }
    return engine.OwnThresholds(row.model_sha256, shifts_of(row.result["points"]), note)


@cache
def _of_gallery() -> Statement[GalleryCalibration]:
    return Statement(lambda gallery: (_applied().filter(gallery=gallery), None), ids=1)


@cache
def _of_default() -> Statement[GalleryCalibration]:
    of_default = {"gallery__is_default": True}
    return Statement(lambda owner: (_applied().filter(owner=owner, **of_default), None), ids=1)


def _applied() -> QuerySet[GalleryCalibration]:
    return GalleryCalibration.objects.filter(applied_at__isnull=False).order_by()


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
