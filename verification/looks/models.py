"""A question to a worker that leaves nothing behind."""

from django.conf import settings
from django.db import models

from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import INTERACTIVE
from ..photos.fields import photo_field


def request_path(instance: "Look", _name: str) -> str:
    return f"{instance.folder}/request"


class Look(Job):
    """Photos on their way to a worker, and its answer on the way back. The row and its file live for as
    long as a request waits for them, see services.py.

    `request` holds the options and the photos, `answer` what the worker says, sealed as files are.
    """

    DONE = "done"
    TASK = "looks.look"
    QUEUE = INTERACTIVE
    ROOT = "looks"
    PASSING = True

    State = JobState

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    task = models.CharField(max_length=20)
    request = photo_field(request_path)
    answer = models.BinaryField(default=b"", blank=True)

    class Meta:
        indexes = [*job_indexes(), models.Index(fields=["created_at"], name="look_by_age")]
        constraints = job_constraints("done")
