"""The photos that one photo is compared with, and those that are kept of a camera's frames."""

import uuid

from django.db import models
from django.db.models import Q

from ..jobs.models import unit
from ..photos.fields import photo_field, size_column
from .models import Verification


def image_path(instance: "SearchPhoto", _name: str) -> str:
    return f"{instance.verification.folder}/photo-{instance.position}"


def crop_path(instance: "SearchPhoto", _name: str) -> str:
    return f"{instance.verification.folder}/photo-{instance.position}-crop"


class SearchPhoto(models.Model):
    """One of the photos of a verification of kind `photos`, with its own verdict or refusal; or one of
    kind `live`, which has none: a good frame, or the picture of a step of the challenge with what was
    measured as `face`.

    Its files lie in the verification's folder and go with it. A worker writes each row as soon
    as it is compared: a run that is cut off goes on with the rows that are still waiting.
    """

    STORED = ("image_bytes", "crop_bytes")

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        KEPT = "kept", "kept"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="photos")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    # Empty where the file was refused when it was submitted.
    image = photo_field(image_path, "image_bytes")
    crop = photo_field(crop_path, "crop_bytes")
    image_bytes = size_column()
    crop_bytes = size_column()
    file_name = models.CharField(max_length=255, blank=True)

    outcome = models.CharField(max_length=12, choices=Verification.Outcome.choices, blank=True)
    similarity = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    face = models.JSONField(default=dict, blank=True)
    model_sha256 = models.CharField(max_length=64, blank=True)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_detail = models.TextField(blank=True)
    refusal_remedy = models.TextField(blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["verification", "position"], name="search_photo_in_its_place"
            ),
            models.CheckConstraint(
                name="search_photo_outcome_only_when_done",
                condition=Q(
                    Q(state="done"),
                    Q(outcome__in=("match", "no_match", "inconclusive")),
                    Q(similarity__isnull=False),
                    ~Q(model_sha256=""),
                )
                | Q(~Q(state="done"), Q(outcome=""), Q(similarity=None)),
            ),
            models.CheckConstraint(
                name="search_photo_refusal_only_when_refused",
                condition=Q(Q(state="refused"), ~Q(refusal_code=""))
                | Q(~Q(state="refused"), Q(refusal_code="")),
            ),
            models.CheckConstraint(
                name="search_photo_numbers_from_0_to_1",
                condition=unit("similarity") & unit("confidence") & unit("probability"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name or self.position} ({self.state})"

    @classmethod
    def stored_rows(cls, owner_id: uuid.UUID) -> models.QuerySet:
        return cls._base_manager.filter(verification__owner_id=owner_id)
