"""The unknown faces of an owner's group photos, as a worker has gathered them."""

from django.conf import settings
from django.db import models

from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import BULK


class FaceGathering(Job):
    """One a user, made anew when it is asked for. Kept are places only, no faces and no embeddings.

    groups: [[[verification id, index of the face], ...], ...], each a person, those in most photos first.
    set_aside: places that the owner does not want to see again.
    """

    DONE = "done"
    TASK = "unknown_faces.gather"
    QUEUE = BULK

    State = JobState

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="face_gathering"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    groups = models.JSONField(default=list, blank=True)
    set_aside = models.JSONField(default=list, blank=True)
    photos = models.PositiveIntegerField(default=0)  # looked through

    class Meta:
        indexes = job_indexes()
        constraints = job_constraints("done")
