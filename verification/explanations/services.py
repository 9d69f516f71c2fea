"""Writes: ask for an explanation, and delete those of erased photos."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from .. import engine
from ..comparisons.kinds.pair import PAIR
from ..comparisons.models import Verification
from ..jobs.queue import enqueue
from ..jobs.services import ActionNotAllowed, run_again
from ..text.sentences import said, sentence
from .models import Explanation

State = Explanation.State
ANOTHER_MODEL = sentence(
    "Another model is used now than the one that gave this verdict. Compare the photos again to see why."
)


def can_be_explained(verification: Verification) -> bool:
    """Whether it is a verdict on two photos that are still there, with their faces."""
    there = (
        verification.probe_image,
        verification.reference_image,
        verification.probe_crop,
        verification.reference_crop,
    )
    return bool(verification.outcome) and verification.kind == PAIR.name and all(there)


def explanation_start(*, verification: Verification) -> Explanation:
    """Queue an explanation; the one that is there, or under way, is returned instead. One that failed
    or was refused is tried again.

    Raises ActionNotAllowed for a comparison without two photos and a verdict, or of another model.
    """
    if not can_be_explained(verification):
        raise ActionNotAllowed(
            gettext(
                "Only a verdict on two photos can be explained, while the photos and faces are there."
            )
        )
    if verification.model_sha256 != engine.model_identity().sha256:
        raise ActionNotAllowed(said(ANOTHER_MODEL))
    if found := explanation_of(verification):
        return _again(found) if found.state in (State.FAILED, State.REFUSED) else found
    row = Explanation(owner_id=verification.owner_id, verification=verification)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            enqueue(row)
    except IntegrityError:
        if found := explanation_of(verification):
            return found  # two windows at the same moment
        raise
    return row


def explanation_of(verification: Verification) -> Explanation | None:
    return Explanation.objects.filter(verification=verification).first()


def explanations_erase(*, ids: Iterable[UUID], **_signal: Any) -> None:
    """Delete the explanations of these verdicts, whose photos or faces are being erased."""
    Explanation.objects.filter(verification__in=list(ids)).delete()


def _again(row: Explanation) -> Explanation:
    return run_again(row, row.state, result={}, model_sha256="")
