"""The model that is served, and what a candidate said of the last verdicts before it was."""

import uuid

from django.db import models
from django.utils import timezone

from ..comparisons.models import Verification


class ActiveModel(models.Model):
    """The one model that every web process and worker of this installation serves. One row at most:
    `record.settle` makes it, and `manage.py change_model` alone changes it."""

    class Chosen(models.TextChoices):
        AT_START = "start", "at the first start"
        FOUND = "found", "it had given the latest verdicts and embeddings"
        CHANGED = "changed", "by manage.py change_model"

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    model_name = models.CharField(max_length=100, blank=True)  # unknown of embeddings alone
    model_version = models.CharField(max_length=50, blank=True)
    model_sha256 = models.CharField(max_length=64)
    since = models.DateTimeField(default=timezone.now)
    chosen = models.CharField(max_length=10, choices=Chosen.choices)
    chosen_by = models.CharField(max_length=100, blank=True)  # the operator's name on the machine

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="active_model_is_one"),
        ]

    def __str__(self) -> str:
        named = f"{self.model_name} {self.model_version}".strip() or "a model"
        return f"{named} (SHA-256 {self.model_sha256[:12]})"


class ModelPreview(models.Model):
    """One run of `manage.py preview_model`; unfinished when that was stopped."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model_name = models.CharField(max_length=100)
    model_version = models.CharField(max_length=50)
    model_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.model_name} {self.model_version}"


class PreviewedVerdict(models.Model):
    """What the candidate says of one verdict. The verdict itself stays as it is."""

    class Outcome(models.TextChoices):
        MATCH = "match", "same person"
        NO_MATCH = "no_match", "different people"
        INCONCLUSIVE = "inconclusive", "cannot tell"
        REFUSED = "refused", "photo refused"
        SKIPPED = "skipped", "not looked at"

    preview = models.ForeignKey(ModelPreview, on_delete=models.CASCADE, related_name="verdicts")
    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    similarity = models.FloatField(null=True, blank=True)
    name = models.CharField(max_length=200, blank=True)  # of whom a search found
    detail = models.CharField(max_length=200, blank=True)  # why it is refused or skipped
    changed = models.BooleanField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["preview", "verification"], name="previewed_verdict_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.verification_id}: {self.outcome}"
