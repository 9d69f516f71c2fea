"""Writes that an owner asks for: submit, choose a face, retry, delete.

What the worker writes (claim, finish, requeue) is in `running.py`.
"""

import hashlib
import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from .. import engine
from ..queue import enqueue
from .models import Verification

State = Verification.State

DIGEST_SALT = b"faceverify submission"
MAX_FACE_INDEX = 1000
NAME_LENGTH = 255


class SubmissionConflict(Exception):
    """The same submission key was used before, for other photos or options."""


class ActionNotAllowed(Exception):
    """The verification is not in a state in which this can be done."""


def verification_submit(
    *,
    owner,
    probe: bytes,
    reference: bytes,
    probe_name: str = "",
    reference_name: str = "",
    title: str = "",
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    reference_face: int | None = None,
    submission_key: str = "",
    source: str = "web",
) -> Verification:
    """Store two photos without their metadata and queue their comparison.

    A `submission_key` seen before returns the verification made then. When its photos or
    options are others now: from the web that is a new submission of a page gone back to; from
    the API it raises SubmissionConflict.

    Raises ImageRefused with `which` set, and ValidationError (a dict by field) for an option.
    """
    _check_options(false_match_rate, probe_face=probe_face, reference_face=reference_face)
    options = (title, false_match_rate, probe_face, reference_face)
    digest = _digest(probe, reference, repr(options).encode())
    key = _scoped_key(submission_key, source, digest)
    if key and (earlier := _earlier(owner, key, digest)):
        return earlier

    verification = Verification(
        owner=owner,
        source=source,
        title=title.strip()[:200],
        probe_name=_file_name(probe_name),
        reference_name=_file_name(reference_name),
        false_match_rate=false_match_rate,
        probe_face=probe_face,
        reference_face=reference_face,
        submission_key=key,
        submission_digest=digest if key else "",
    )
    clean = {"probe": _sanitized("probe", probe), "reference": _sanitized("reference", reference)}
    try:
        for which, data in clean.items():
            getattr(verification, f"{which}_image").save(which, ContentFile(data), save=False)
        with transaction.atomic():
            verification.save(force_insert=True)
            enqueue(verification)
    except IntegrityError:
        # The other half of a double click came first.
        verification.delete_files()
        if key and (earlier := _earlier(owner, key, digest)):
            return earlier
        raise
    except BaseException:
        verification.delete_files()
        raise
    return verification


def verification_choose_face(
    *, verification: Verification, which: str, face_index: int
) -> Verification:
    """After `several_faces`: run again with this face of the photo `which`.

    Raises ActionNotAllowed when no face is asked for, ValidationError for one that is not there.
    """
    if not verification.can_choose_face or which != verification.refusal_which:
        raise ActionNotAllowed("No face has to be chosen here.")
    if face_index not in {face["index"] for face in verification.refusal_faces}:
        raise ValidationError({"face_index": "Choose one of the faces found in the photo."})
    return _run_again(verification, State.REFUSED, **{f"{which}_face": face_index})


def verification_retry(*, verification: Verification) -> Verification:
    """Run a failed verification again, with three fresh tries. Raises ActionNotAllowed."""
    return _run_again(verification, State.FAILED)


def verification_delete(*, verification: Verification) -> None:
    """Delete a verification and its photos for good, in whatever state it is."""
    verification.delete()


def verifications_delete(*, owner, ids) -> int:
    """Delete those of `ids` that are the owner's; the number deleted."""
    with transaction.atomic():
        rows = list(Verification.objects.filter(owner=owner, pk__in=ids))
        for row in rows:
            row.delete()
    return len(rows)


def _run_again(verification: Verification, state: str, **changes) -> Verification:
    """Back to pending, only if the row still is in `state`."""
    with transaction.atomic():
        moved = Verification.objects.filter(pk=verification.pk, state=state).update(
            state=State.PENDING,
            attempts=0,
            started_at=None,
            finished_at=None,
            refusal_code="",
            refusal_detail="",
            refusal_remedy="",
            refusal_which="",
            refusal_faces=[],
            failure_code="",
            enqueued_at=timezone.now(),
            **changes,
        )
        if not moved:
            raise ActionNotAllowed("This verification has moved on: look at it again.")
        verification.refresh_from_db()
        enqueue(verification)
    return verification


def _check_options(false_match_rate: float, **faces: int | None) -> None:
    errors = {}
    if false_match_rate not in engine.FALSE_MATCH_RATES:
        allowed = ", ".join(f"{rate:g}" for rate in engine.FALSE_MATCH_RATES)
        errors["false_match_rate"] = f"Choose one of {allowed}."
    for field, index in faces.items():
        if index is not None and not 0 <= index <= MAX_FACE_INDEX:
            errors[field] = f"A face index is a whole number from 0 to {MAX_FACE_INDEX}."
    if errors:
        raise ValidationError(errors)


def _sanitized(which: str, data: bytes) -> bytes:
    try:
        return engine.sanitize(data)
    except engine.ImageRefused as error:
        error.which = which
        raise


def _file_name(name: str) -> str:
    """The last part of what the client called its file, printable, to show and to search."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[-NAME_LENGTH:]


def _digest(*parts: bytes) -> str:
    """Tells whether a submission is the same one again. Keyed: it says nothing of a photo."""
    mac = hmac.new(DIGEST_SALT + settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    for part in parts:
        mac.update(hashlib.sha256(part).digest())
    return mac.hexdigest()


def _scoped_key(key: str, source: str, digest: str) -> str:
    if not key:
        return ""
    return f"{source}:{key}" if source == Verification.Source.API else f"{source}:{key}:{digest}"


def _earlier(owner, key: str, digest: str) -> Verification | None:
    earlier = Verification.objects.filter(owner=owner, submission_key=key).first()
    if earlier is not None and not hmac.compare_digest(earlier.submission_digest, digest):
        raise SubmissionConflict("This key was used for another submission.")
    return earlier
