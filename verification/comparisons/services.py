"""Writes that an owner asks for: choose a face, retry, delete. `submission` makes verifications."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from accounts.audit.actions import Action
from accounts.audit.services import record, record_each
from accounts.models import User

from ..jobs.services import ActionNotAllowed, run_again
from .models import Verification

State = Verification.State


def verification_choose_face(
    *, verification: Verification, which: str, face_index: int
) -> Verification:
    """After `several_faces`: run again with this face of the photo `which`.

    Raises ActionNotAllowed when no face is asked for, ValidationError for one that is not there.
    """
    _check_photos(verification)
    if not verification.can_choose_face or which != verification.refusal_which:
        raise ActionNotAllowed(gettext("No face has to be chosen here."))
    if face_index not in {face["index"] for face in verification.refusal_faces}:
        raise ValidationError(
            {"face_index": gettext("Choose one of the faces found in the photo.")}
        )
    run_again(verification, State.REFUSED, **{f"{which}_face": face_index})
    return verification


def verification_retry(*, verification: Verification) -> Verification:
    """Run a failed verification again, with three fresh tries. Raises ActionNotAllowed."""
    _check_photos(verification)
    run_again(verification, State.FAILED)
    return verification


def verification_delete(*, verification: Verification) -> None:
    """Delete a verification and its photos for good, in whatever state it is."""
    with transaction.atomic():
        record(action=Action.DELETED, object=verification)
        verification.delete()


def verifications_delete(*, owner: User, ids: Iterable[UUID]) -> int:
    """Delete those of `ids` that are the owner's; the number deleted."""
    with transaction.atomic():
        rows = list(Verification.objects.filter(owner=owner, pk__in=ids))
        record_each(action=Action.DELETED, objects=rows)
        for row in rows:
            row.delete()
    return len(rows)


def _check_photos(verification: Verification) -> None:
    if verification.photos_erased_at:
        raise ActionNotAllowed(
            gettext("The photos of this comparison are erased: send them again.")
        )
