"""What a candidate model said of the last verdicts, before it was served."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..comparisons.models import Verification


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
        MATCH = "match", gettext_lazy("same person")
        NO_MATCH = "no_match", gettext_lazy("different people")
        INCONCLUSIVE = "inconclusive", gettext_lazy("cannot tell")
        REFUSED = "refused", gettext_lazy("photo refused")
        SKIPPED = "skipped", gettext_lazy("not looked at")

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
