"""What is stored of requests."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class IdempotentRequest(models.Model):
    """A POST with an Idempotency-Key, and its answer; deleted after a day.

        created (status null) -- answered --> kept (status, location, body)
                              -- error -----> deleted
                              -- process gone: the next request with the key takes over

    Unique for the owner and the key: of two requests at once, one creates the row.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    location = models.TextField(blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"{self.pk} ({self.status or 'being answered'})"


class AnswerId(models.Model):
    """An id in a kept answer: when the row of that id is deleted, so is the answer."""

    request = models.ForeignKey(IdempotentRequest, on_delete=models.CASCADE, related_name="ids")
    value = models.UUIDField(db_index=True)

    def __str__(self) -> str:
        return str(self.value)
