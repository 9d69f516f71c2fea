"""A comparison of two photos, and the workers that carry comparisons out."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from ..storage import private_files

IMAGES = ("probe", "reference", "probe_crop", "reference_crop")


def _folder(instance: "Verification") -> str:
    return f"verifications/{instance.owner_id}/{instance.pk}"


# One function a field: Django calls it with the instance and a file name, and we keep neither
# the name nor the extension that the user sent.
def probe_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/probe"


def reference_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/reference"


def probe_crop_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/probe_crop"


def reference_crop_path(instance: "Verification", _name: str) -> str:
    return f"{_folder(instance)}/reference_crop"


def _photo(path) -> models.FileField:
    return models.FileField(storage=private_files, upload_to=path, max_length=200, blank=True)


def _unit(field: str) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0, f"{field}__lte": 1})


def delete_files(folder: str) -> None:
    """Remove the stored files of one verification."""
    private_files().delete_folder(folder)


class Verification(models.Model):
    """Do these two photos show the same person?

        submit -> pending -- claim --> running --> done      with an outcome
                     ^  ^                 |  |---> refused   a photo cannot be used: code, remedy
                     |  |                 |  '---> failed    three tries, or an error of ours
                     |  '- lease ran out, -'
                     |     worker lost
                     '--- face chosen (from refused), retry (from failed)

    `pending -> running` is a conditional UPDATE that writes a fresh `claim_token`; whoever ends
    the run must still hold that token, so a task that runs twice, or a worker that wakes up
    late, changes nothing. `done` never changes again.
    """

    class State(models.TextChoices):
        PENDING = "pending", "waiting"
        RUNNING = "running", "running"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"

    class Outcome(models.TextChoices):
        MATCH = "match", "same person"
        NO_MATCH = "no_match", "different people"
        INCONCLUSIVE = "inconclusive", "cannot tell"

    class Source(models.TextChoices):
        WEB = "web", "web"
        API = "api", "API"

    FINISHED = (State.DONE, State.REFUSED, State.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="verifications"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.WEB)
    title = models.CharField(max_length=200, blank=True)

    probe_image = _photo(probe_path)
    reference_image = _photo(reference_path)
    probe_crop = _photo(probe_crop_path)
    reference_crop = _photo(reference_crop_path)
    probe_name = models.CharField(max_length=255, blank=True)
    reference_name = models.CharField(max_length=255, blank=True)

    false_match_rate = models.FloatField(default=1e-3)
    probe_face = models.PositiveSmallIntegerField(null=True, blank=True)
    reference_face = models.PositiveSmallIntegerField(null=True, blank=True)

    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    similarity = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    threshold = models.FloatField(null=True, blank=True)
    band_low = models.FloatField(null=True, blank=True)
    band_high = models.FloatField(null=True, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    model_version = models.CharField(max_length=50, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    faces = models.JSONField(default=dict, blank=True)
    timings = models.JSONField(default=dict, blank=True)

    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_detail = models.TextField(blank=True)
    refusal_remedy = models.TextField(blank=True)
    refusal_which = models.CharField(max_length=10, blank=True)
    refusal_faces = models.JSONField(default=list, blank=True)
    failure_code = models.CharField(max_length=40, blank=True)

    attempts = models.PositiveSmallIntegerField(default=0)
    claim_token = models.UUIDField(null=True, blank=True)
    claimed_by = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)

    submission_key = models.CharField(max_length=300, blank=True)
    submission_digest = models.CharField(max_length=64, blank=True)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    enqueued_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at", "-id"], name="verification_by_owner"),
            models.Index(
                fields=["owner", "outcome", "-created_at"], name="verification_by_outcome"
            ),
            models.Index(
                fields=["state", "enqueued_at"],
                name="verification_unfinished",
                condition=Q(state__in=("pending", "running")),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "submission_key"],
                name="verification_submitted_once",
                condition=~Q(submission_key=""),
            ),
            models.CheckConstraint(
                name="verification_state_known",
                condition=Q(state__in=("pending", "running", "done", "refused", "failed")),
            ),
            models.CheckConstraint(
                name="verification_outcome_only_when_done",
                condition=Q(
                    Q(state="done"),
                    Q(outcome__in=("match", "no_match", "inconclusive")),
                    Q(similarity__isnull=False),
                    Q(confidence__isnull=False),
                    Q(threshold__isnull=False),
                )
                | Q(~Q(state="done"), Q(outcome="")),
            ),
            models.CheckConstraint(
                name="verification_refusal_only_when_refused",
                condition=Q(Q(state="refused"), ~Q(refusal_code=""))
                | Q(~Q(state="refused"), Q(refusal_code="")),
            ),
            models.CheckConstraint(
                name="verification_failure_only_when_failed",
                condition=Q(Q(state="failed"), ~Q(failure_code=""))
                | Q(~Q(state="failed"), Q(failure_code="")),
            ),
            models.CheckConstraint(
                name="verification_claim_only_when_running",
                condition=Q(
                    state="running", claim_token__isnull=False, lease_expires_at__isnull=False
                )
                | Q(~Q(state="running"), Q(claim_token=None), Q(lease_expires_at=None)),
            ),
            models.CheckConstraint(
                name="verification_finished_has_a_time",
                condition=Q(state__in=("done", "refused", "failed"), finished_at__isnull=False)
                | Q(state__in=("pending", "running"), finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="verification_numbers_from_0_to_1",
                condition=_unit("similarity") & _unit("confidence") & _unit("probability"),
            ),
            models.CheckConstraint(
                name="verification_band_ordered",
                condition=Q(band_low=None) | Q(band_low__lte=F("band_high")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.pk} ({self.state})"

    @property
    def folder(self) -> str:
        return _folder(self)

    def delete_files(self) -> None:
        """Remove every stored file of this verification, those of a lost run included."""
        delete_files(self.folder)

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED

    @property
    def can_choose_face(self) -> bool:
        return self.state == self.State.REFUSED and self.refusal_code in (
            "several_faces",
            "face_index_invalid",
        )


class Worker(models.Model):
    """A running worker process group, and when it was last heard of."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.name
