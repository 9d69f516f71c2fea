"""Writes: measure the gallery, apply its thresholds, return to the model's."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext

from .. import engine
from ..gallery.gallery_models import Gallery
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed
from .models import GalleryCalibration
from .selectors import gallery_size

State = GalleryCalibration.State
KEPT = 20  # measurements of one gallery


def calibration_start(*, gallery: Gallery) -> GalleryCalibration:
    """Queue a measurement of a gallery; one that is under way is returned instead.

    Raises ValidationError while there are too few people and photos.
    """
    unfinished = GalleryCalibration.objects.filter(
        gallery=gallery, state__in=(State.PENDING, State.RUNNING)
    )
    if earlier := unfinished.first():
        return earlier
    size = gallery_size(gallery=gallery)
    if not size.is_enough:
        raise ValidationError(size.words)
    calibration = GalleryCalibration(owner_id=gallery.owner_id, gallery=gallery)
    try:
        with transaction.atomic():
            calibration.save(force_insert=True)
            enqueue(calibration)
    except IntegrityError:
        if earlier := unfinished.first():
            return earlier  # two windows at the same moment
        raise
    old = GalleryCalibration.objects.filter(gallery=gallery, applied_at=None)[KEPT:]
    GalleryCalibration.objects.filter(pk__in=[row.pk for row in old]).delete()
    return calibration


def calibration_apply(*, calibration: GalleryCalibration) -> GalleryCalibration:
    """Let its thresholds decide the gallery's verdicts from now on.

    Raises ActionNotAllowed if it has no thresholds, or was made with a model that is not served.
    """
    if calibration.state != State.DONE or not calibration.own_points:
        raise ActionNotAllowed(
            gettext("This measurement suggests no threshold: more people are needed.")
        )
    if calibration.model_sha256 != engine.model_identity().sha256:
        raise ActionNotAllowed(
            gettext("The model has changed since this was measured. Measure again.")
        )
    with transaction.atomic():
        GalleryCalibration.objects.filter(gallery=calibration.gallery_id).exclude(
            pk=calibration.pk
        ).update(applied_at=None)
        GalleryCalibration.objects.filter(pk=calibration.pk, applied_at=None).update(
            applied_at=timezone.now()
        )
    calibration.refresh_from_db()
    return calibration


def calibration_withdraw(*, gallery: Gallery) -> None:
    """Return to the model's thresholds; nothing happens if they are in force already."""
    GalleryCalibration.objects.filter(gallery=gallery).update(applied_at=None)
