"""A measurement of an owner's gallery."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..gallery.gallery_models import InGallery
from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import BULK


class GalleryCalibration(InGallery, Job):
    """What the scores among an owner's own photos say of the thresholds, see `ml.decision.gallery_thresholds`.

    At most one of a gallery's is applied: its thresholds then decide the gallery's new verdicts, as
    long as the model is the one it was made with.
    """

    DONE = "done"
    TASK = "calibration.run"
    QUEUE = BULK

    State = JobState

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calibrations"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    model_name = models.CharField(max_length=100, blank=True)
    model_version = models.CharField(max_length=50, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    result = models.JSONField(default=dict, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="calibration_by_owner"),
            *job_indexes(),
        ]
        constraints = [
            *job_constraints("done"),
            models.UniqueConstraint(
                fields=["gallery"],
                name="calibration_one_applied",
                condition=Q(applied_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["gallery"],
                name="calibration_one_at_a_time",
                condition=Q(state__in=("pending", "running")),
            ),
            models.CheckConstraint(
                name="calibration_applied_only_when_done",
                condition=Q(applied_at=None) | Q(state="done"),
            ),
        ]

    @property
    def own_points(self) -> list[dict]:
        """The points of the result for which there were people enough."""
        return [point for point in self.result.get("points", ()) if point["own"]]
