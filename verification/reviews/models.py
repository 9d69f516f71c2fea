"""The review of a verdict by its owner."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

NOTE_LENGTH = 2000
CHOOSE_ONE = gettext_lazy("Choose right, wrong or unsure.")
NOTE_TOO_LONG = gettext_lazy("Write at most 2,000 characters.")


class Review(models.Model):
    """At most one for each verdict; deleted together with it."""

    class Answer(models.TextChoices):
        RIGHT = "right", gettext_lazy("right")
        WRONG = "wrong", gettext_lazy("wrong")
        UNSURE = "unsure", gettext_lazy("unsure")

    verification = models.OneToOneField(
        "verification.Verification",
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="review",
    )
    answer = models.CharField(max_length=6, choices=Answer.choices)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="review_answer_known", condition=Q(answer__in=("right", "wrong", "unsure"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.verification_id}: {self.answer}"
