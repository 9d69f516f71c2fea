"""An explanation of a verdict, made by a worker when it is asked for."""

from django.conf import settings
from django.db import models

from ..comparisons.models import Verification
from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import BULK


class Explanation(Job):
    """Of a verdict on two photos: `result` is {role: {cells, regions}}, see `engine.FaceMap`.

    It takes two seconds on one core, where a verdict takes a tenth of one: therefore it waits in the queue
    of long work. It goes with the photos or the faces it was made of.
    """

    DONE = "done"
    TASK = "explanation.run"
    QUEUE = BULK

    State = JobState

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="explanations"
    )
    verification = models.OneToOneField(
        Verification, on_delete=models.CASCADE, related_name="explanation"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    result = models.JSONField(default=dict, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = job_indexes()
        constraints = job_constraints("done")
