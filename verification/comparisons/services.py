"""Writes that an owner asks for: submit, choose a face, retry, delete.

What the worker writes (claim, finish, requeue) is in `running.py`.
"""

import hashlib
import hmac

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from .. import engine
from ..jobs.queue import enqueue
from ..jobs.services import MAX_FACE_INDEX, ActionNotAllowed, last_part, run_again
from .models import Verification

__all__ = [
    "ActionNotAllowed",
    "SubmissionConflict",
    "submit",
    "verification_choose_face",
    "verification_delete",
    "verification_retry",
    "verification_submit",
    "verification_submit_identify",
    "verification_submit_person",
    "verifications_delete",
]

State = Verification.State
Kind = Verification.Kind

DIGEST_SALT = b"faceverify submission"


class SubmissionConflict(Exception):
    """The same submission key was used before, for other photos or options."""


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
    return submit(
        Verification(
            owner=owner,
            source=source,
            title=title,
            probe_name=last_part(probe_name),
            reference_name=last_part(reference_name),
            false_match_rate=false_match_rate,
            probe_face=probe_face,
            reference_face=reference_face,
        ),
        {"probe": probe, "reference": reference},
        submission_key,
    )


def verification_submit_person(
    *,
    owner,
    person,
    probe: bytes,
    probe_name: str = "",
    title: str = "",
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    submission_key: str = "",
    source: str = "web",
) -> Verification:
    """Queue the comparison of a photo with all anchors of one of the owner's people, as
    `verification_submit` does. Raises ValidationError also for a person without photos."""
    if person.owner_id != owner.pk or not person.anchors.exists():
        raise ValidationError({"person": f"Add a photo of {person.name} first."})
    return submit(
        Verification(
            owner=owner,
            kind=Kind.PERSON,
            person=person,
            person_name=person.name,
            source=source,
            title=title,
            probe_name=last_part(probe_name),
            false_match_rate=false_match_rate,
            probe_face=probe_face,
        ),
        {"probe": probe},
        submission_key,
    )


def verification_submit_identify(
    *,
    owner,
    probe: bytes,
    probe_name: str = "",
    title: str = "",
    false_match_rate: float = 1e-3,
    probe_face: int | None = None,
    submission_key: str = "",
    source: str = "web",
) -> Verification:
    """Queue the search for a photo among everyone in the owner's gallery, as `verification_submit`
    does. Raises ValidationError also for a gallery without photos."""
    check_gallery(owner)
    return submit(
        Verification(
            owner=owner,
            kind=Kind.IDENTIFY,
            source=source,
            title=title,
            probe_name=last_part(probe_name),
            false_match_rate=false_match_rate,
            probe_face=probe_face,
        ),
        {"probe": probe},
        submission_key,
    )


def submit(
    verification: Verification, photos: dict[str, bytes], key: str, *, more=(), beside=None
) -> Verification:
    """Store a new verification with its photos by role, and queue it.

    `more` is what else tells one submission from another, in bytes; `beside()` stores further
    files of it and returns the rows to be made with it.
    """
    v, owner = verification, verification.owner
    v.false_match_rate = _checked_rate(
        v.false_match_rate, probe_face=v.probe_face, reference_face=v.reference_face
    )
    options = (v.title, v.false_match_rate, v.probe_face, v.reference_face)
    if v.kind != Kind.PAIR:
        options += (v.kind, str(v.person_id))
    digest = _digest(*photos.values(), *more, repr(options).encode())
    key = _scoped_key(key, v.source, digest)
    if key and (earlier := _earlier(owner, key, digest)):
        return earlier

    v.title = v.title.strip()[:200]
    v.submission_key, v.submission_digest = key, digest if key else ""
    clean = {which: _sanitized(which, data) for which, data in photos.items()}
    return _store(v, clean, beside)


def _store(v: Verification, photos: dict[str, bytes], beside) -> Verification:
    """The verification, or the one that the other half of a double click made."""
    try:
        for which, data in photos.items():
            getattr(v, f"{which}_image").save(which, ContentFile(data), save=False)
        rows = beside() if beside else []
        with transaction.atomic():
            v.save(force_insert=True)
            for row in rows:
                row.save(force_insert=True)
            enqueue(v)
    except IntegrityError:
        v.delete_files()
        key, digest = v.submission_key, v.submission_digest
        if key and (earlier := _earlier(v.owner, key, digest)):
            return earlier
        raise
    except BaseException:
        v.delete_files()
        raise
    return v


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
    return run_again(verification, State.REFUSED, **{f"{which}_face": face_index})


def verification_retry(*, verification: Verification) -> Verification:
    """Run a failed verification again, with three fresh tries. Raises ActionNotAllowed."""
    return run_again(verification, State.FAILED)


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


def check_gallery(owner) -> None:
    """Raises ValidationError when there is nobody to find."""
    if not owner.anchors.exists():
        raise ValidationError("Your gallery has no photos yet: add people and their photos first.")


def _checked_rate(false_match_rate: float, **faces: int | None) -> float:
    """The offered rate that this one means. Raises ValidationError also for a face's number."""
    errors = {}
    try:
        offered = engine.offered_rate(false_match_rate)
    except engine.RateUnknown as error:
        errors["false_match_rate"] = str(error)
    for field, index in faces.items():
        if index is not None and not 0 <= index <= MAX_FACE_INDEX:
            errors[field] = f"A face index is a whole number from 0 to {MAX_FACE_INDEX}."
    if errors:
        raise ValidationError(errors)
    return offered


def _sanitized(which: str, data: bytes) -> bytes:
    try:
        return engine.sanitize(data)
    except engine.ImageRefused as error:
        error.which = which
        raise


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
