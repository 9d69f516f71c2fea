"""One session before a camera."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..comparisons.models import Verification
from ..gallery.gallery_models import InGallery
from ..jobs.models import Job, JobState, job_constraints, job_indexes
from ..jobs.queues import INTERACTIVE
from ..photos.fields import photo_field, size_column


def photo_path(instance: "LiveSession", _name: str) -> str:
    return f"{instance.folder}/photo"


class LiveSession(InGallery, Job):
    """Somebody is looked at by a camera: is it this person, who is it in the gallery, or photos of them.

        made -> pending -- token used --> running --> done      a verdict, or photos for the gallery
                   |                         |------> refused   nobody seen, cancelled, gone
                   '- not used in time -> refused     failed    the process was lost

    What carries it out is the process `live`, not a worker: it claims the row when the token is used,
    for the length of a session, and a claim that runs out is not tried again. A worker only ends a
    session whose token was never used, once that is due.

    While it runs nothing is written but this row. Frames and evidence that are kept at the end belong to
    the verification.
    """

    DONE = "done"
    TASK = "verification.end_live_session"
    QUEUE = INTERACTIVE
    ROOT = "live"
    STORED = ("photo_bytes",)

    State = JobState

    class Task(models.TextChoices):
        VERIFY = "verify", gettext_lazy("is it this person?")
        IDENTIFY = "identify", gettext_lazy("who of the gallery is it?")
        ENROL = "enrol", gettext_lazy("photos for the gallery")

    class Challenge(models.TextChoices):
        PASSED = "passed", gettext_lazy("passed")
        FAILED = "failed", gettext_lazy("failed")
        NOT_DONE = "not_done", gettext_lazy("not done")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="live_sessions"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    source = models.CharField(
        max_length=10, choices=Verification.Source.choices, default=Verification.Source.WEB
    )
    task = models.CharField(max_length=10, choices=Task.choices)
    person = models.ForeignKey(
        "verification.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="live_sessions",
    )
    # That the face is compared with, where that is no person of the gallery. Gone when it ends.
    photo = photo_field(photo_path, "photo_bytes")
    photo_bytes = size_column()
    photo_name = models.CharField(max_length=255, blank=True)
    false_match_rate = models.FloatField(default=1e-3)
    with_challenge = models.BooleanField(default=False)
    # Origins of other sites whose pages may use the token.
    origins = models.JSONField(default=list, blank=True)

    verification = models.OneToOneField(
        Verification, on_delete=models.CASCADE, null=True, blank=True, related_name="live_session"
    )
    outcome = models.CharField(max_length=12, choices=Verification.Outcome.choices, blank=True)
    challenge = models.CharField(max_length=10, choices=Challenge.choices, blank=True)
    reasons = models.JSONField(default=list, blank=True)  # why the challenge was not passed, codes
    anchors_added = models.PositiveSmallIntegerField(default=0)
    frames_seen = models.PositiveIntegerField(default=0)
    frames_used = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="live_session_by_owner"),
            *job_indexes(),
        ]
        constraints = [
            *job_constraints("done"),
            models.CheckConstraint(
                name="live_session_outcome_only_when_done",
                condition=Q(outcome="") | Q(state="done", verification__isnull=False),
            ),
        ]

    @property
    def is_over(self) -> bool:
        """Whether its token can no longer be used, though nobody has ended it yet."""
        return self.is_finished or (self.due_at is not None and self.due_at < timezone.now())
