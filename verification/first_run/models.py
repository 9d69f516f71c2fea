"""That somebody does not want to see the list of first steps any more."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ClosedSteps(models.Model):
    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    closed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.owner_id)
