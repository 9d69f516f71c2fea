"""The record of the model that is served."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy


class ActiveModel(models.Model):
    """The one model that every web process and worker of this installation serves. One row at most:
    the first start of a process makes it, and `manage.py change_model` alone changes it."""

    class Chosen(models.TextChoices):
        AT_START = "start", gettext_lazy("at the first start")
        FOUND = "found", gettext_lazy("it had given the latest verdicts and embeddings")
        CHANGED = "changed", gettext_lazy("by manage.py change_model")

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
