"""That a verdict says: this photo shows this person."""

import uuid

from django.conf import settings
from django.db import models

from ..comparisons.models import Verification


class Sighting(models.Model):
    """A verdict "same person" on somebody of the gallery; of a group photo one for each named face.

    Written with the verdict. It follows a person who is merged, and goes with the person or the verdict.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(
        "verification.Person", on_delete=models.CASCADE, related_name="sightings"
    )
    verification = models.ForeignKey(
        Verification, on_delete=models.CASCADE, related_name="sightings"
    )
    at = models.DateTimeField()  # when the photo was submitted

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="sighting_by_person"),
            models.Index(fields=["owner"], name="sighting_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.verification_id}"
