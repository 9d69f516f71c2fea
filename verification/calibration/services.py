"""Writes that an owner asks for: measure, apply, go back."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import engine
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed
from .models import GalleryCalibration
from .selectors import enough

State = GalleryCalibration.State
KEPT = 20  # measurements of one owner


def calibration_start(*, owner) -> GalleryCalibration:
    """Queue a measurement of the owner's gallery; one that is under way is returned instead.

    Raises ValidationError while there are too few people and photos.
    """
    unfinished = GalleryCalibration.objects.filter(
        owner=owner, state__in=(State.PENDING, State.RUNNING)
    )
    if earlier := unfinished.first():
        return earlier
    found = enough(owner=owner)
    if not found.is_enough:
        raise ValidationError(found.words)
    calibration = GalleryCalibration(owner=owner)
    try:
        with transaction.atomic():
            calibration.save(force_insert=True)
            enqueue(calibration)
    except IntegrityError:
        if earlier := unfinished.first():
            return earlier  # two windows at the same moment
        raise
    old = GalleryCalibration.objects.filter(owner=owner, applied_at=None)[KEPT:]
    GalleryCalibration.objects.filter(pk__in=[row.pk for row in old]).delete()
    return calibration


def calibration_apply(*, calibration: GalleryCalibration) -> GalleryCalibration:
    """Let its thresholds decide the owner's verdicts from now on. Raises ActionNotAllowed for one
    without thresholds of its own, or made with another model than the one served."""
    if calibration.state != State.DONE or not calibration.own_points:
        raise ActionNotAllowed("This measurement suggests no threshold: more people are needed.")
    if calibration.model_sha256 != engine.model_identity()["sha256"]:
        raise ActionNotAllowed("The model has changed since this was measured. Measure again.")
    with transaction.atomic():
        GalleryCalibration.objects.filter(owner=calibration.owner_id).exclude(
            pk=calibration.pk
        ).update(applied_at=None)
        GalleryCalibration.objects.filter(pk=calibration.pk, applied_at=None).update(
            applied_at=timezone.now()
        )
    calibration.refresh_from_db()
    return calibration


def calibration_withdraw(*, owner) -> None:
    """Back to the model's thresholds; no matter if they are in force already."""
    GalleryCalibration.objects.filter(owner=owner).update(applied_at=None)
