"""Writes: review a verdict, change the review, take it back."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from ..comparisons.models import Verification
from ..jobs.services import ActionNotAllowed
from .models import CHOOSE_ONE, NOTE_LENGTH, NOTE_TOO_LONG, Review


def review_set(*, verification: Verification, answer: str, note: str = "") -> Review:
    """Review a verdict as `right`, `wrong` or `unsure`, in place of an earlier review.

    Raises ActionNotAllowed while there is no verdict, ValidationError (a dict by field).
    """
    note = note.replace("\x00", "").strip()
    if answer not in Review.Answer.values:
        raise ValidationError({"answer": CHOOSE_ONE})
    if len(note) > NOTE_LENGTH:
        raise ValidationError({"note": NOTE_TOO_LONG})
    with transaction.atomic():
        # The row is locked, so that it is not deleted in another window at this moment.
        rows = Verification.objects.select_for_update().filter(pk=verification.pk)
        row = rows.only("pk", "state").first()
        if row is None or row.state != Verification.State.DONE:
            raise ActionNotAllowed(gettext("There is no verdict to review yet."))
        review, _created = Review.objects.update_or_create(
            verification_id=row.pk,
            defaults={"answer": answer, "note": note, "updated_at": timezone.now()},
        )
    return review


def review_delete(*, verification: Verification) -> None:
    """Take back the review of a verdict; nothing happens if there is none."""
    Review.objects.filter(verification_id=verification.pk).delete()
