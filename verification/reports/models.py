"""The key that seals reports."""

from django.db import models
from django.utils import timezone


class ReportKey(models.Model):
    """A random key, itself sealed with a file key: `rotate_keys` seals it anew, and the reports stay
    valid. `name` says in a report which key sealed it, and nothing of the key."""

    name = models.CharField(max_length=12, unique=True)
    secret = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
