"""Submit a comparison of any kind: the one way to make a verification."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from accounts.models import User
from accounts.selectors import quota_of

from .. import engine
from ..gallery.gallery_models import Gallery
from ..gallery.models import Person
from ..jobs.queue import enqueue
from ..jobs.services import MAX_FACE_INDEX, last_part
from ..jobs.statements import insert
from ..jobs.storage import check_room, room_for, size_of
from ..photos.at_once import at_once
from ..text.sentences import said
from .models import Verification

if TYPE_CHECKING:
    from .kinds.base import Kind

USUAL_RATE = 1e-3
DIGEST_SALT = b"faceverify submission"


class SubmissionConflict(Exception):
    """The same submission key was used before, for other photos or options."""


@dataclass(frozen=True)
class UploadedPhoto:
    """A photo as it came in, and what its file was called."""

    data: bytes
    name: str = ""


@dataclass(frozen=True)
class Submission:
    """What an owner submits.

    `photos` and `faces` by role: "probe" and, where two photos are compared, "reference"; a face is
    the index of the one meant. `others` are further photos, and `person` is one of the gallery, for
    the kinds that compare with them; `gallery` is where the kinds that search look, without one in
    `default_gallery`. `key` names the submission, so that it is made once.
    """

    owner: User
    kind: "Kind"
    photos: Mapping[str, UploadedPhoto]
    others: tuple[UploadedPhoto, ...] = ()
    person: Person | None = None
    gallery: Gallery | None = None
    title: str = ""
    false_match_rate: float | None = None  # that of the gallery, else USUAL_RATE
    faces: Mapping[str, int | None] = field(default_factory=dict)
    key: str = ""
    source: str = Verification.Source.WEB


def submit(submission: Submission) -> Verification:
    """Store the photos without their metadata and queue their comparison.

    A key seen before returns the verification made then. When its photos or options are others
    now: from the web that is a new submission of a page gone back to; from the API it raises
    SubmissionConflict.

    Raises QuotaExceeded, ImageRefused with `which` set, and ValidationError (a dict by field) for an option.
    """
    submission.kind.check(submission)
    row = _row_of(submission)
    digest = _digest(submission, row)
    key = _scoped_key(submission, digest)
    if key and (earlier := _earlier(submission.owner, key, digest)):
        return earlier

    quota = quota_of(owner=submission.owner)
    if quota is not None:
        check_room(owner_id=row.owner_id)
    row.submission_key, row.submission_digest = key, digest if key else ""
    clean = {role: _sanitized(role, photo.data) for role, photo in submission.photos.items()}
    return _store(row, clean, lambda: submission.kind.extra_rows(row, submission), quota)


def _row_of(submission: Submission) -> Verification:
    """Not saved yet. Raises ValidationError."""
    person, names = submission.person, submission.photos
    return Verification(
        owner=submission.owner,
        kind=submission.kind.name,
        source=submission.source,
        title=submission.title.strip()[:200],
        gallery=submission.kind.gallery_of(submission),
        person=person,
        person_name=person.name if person else "",
        false_match_rate=_offered_rate(submission),
        **{f"{role}_name": last_part(photo.name) for role, photo in names.items()},
        **{f"{role}_face": index for role, index in submission.faces.items()},
    )


def _offered_rate(submission: Submission) -> float:
    """The offered rate that is meant. Raises ValidationError, also for the index of a face."""
    errors = {}
    rate = submission.false_match_rate
    if rate is None:
        gallery = submission.kind.gallery_of(submission)
        rate = (gallery and gallery.false_match_rate) or USUAL_RATE
    try:
        rate = engine.offered_rate(rate)
    except engine.RateUnknown as error:
        errors["false_match_rate"] = said(str(error))
    for role, index in submission.faces.items():
        if index is not None and not 0 <= index <= MAX_FACE_INDEX:
            errors[f"{role}_face"] = gettext(
                "A face index is a whole number from 0 to %(most)s."
            ) % {"most": MAX_FACE_INDEX}
    if errors:
        raise ValidationError(errors)
    return rate


def _sanitized(role: str, data: bytes) -> bytes:
    try:
        return engine.sanitize(data)
    except engine.ImageRefused as error:
        error.which = role
        raise


def _digest(submission: Submission, row: Verification) -> str:
    """Equal for the same submission sent twice. Keyed: it says nothing of a photo."""
    options = (submission.title, row.false_match_rate, row.probe_face, row.reference_face)
    photos = [photo.data for photo in (*submission.photos.values(), *submission.others)]
    mac = hmac.new(DIGEST_SALT + settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    for part in (*photos, repr(options + submission.kind.digest_options(row)).encode()):
        mac.update(hashlib.sha256(part).digest())
    return mac.hexdigest()


def _scoped_key(submission: Submission, digest: str) -> str:
    key, source = submission.key, submission.source
    if not key:
        return ""
    return f"{source}:{key}" if source == Verification.Source.API else f"{source}:{key}:{digest}"


def _earlier(owner: User, key: str, digest: str) -> Verification | None:
    earlier = Verification.objects.filter(owner=owner, submission_key=key).first()
    if earlier is not None and not hmac.compare_digest(earlier.submission_digest, digest):
        raise SubmissionConflict(gettext("This key was used for another submission."))
    return earlier


def _store(
    row: Verification,
    photos: dict[str, bytes],
    extra_rows: Callable[[], list[models.Model]],
    quota: int | None,
) -> Verification:
    """The verification, or the one that the other half of a double click made."""
    try:
        at_once(partial(_save, row, role, data) for role, data in photos.items())
        extra = extra_rows()
        with _transaction(row, extra, quota):
            insert(row)
            for extra_row in extra:
                extra_row.save(force_insert=True)
            enqueue(row)
    except IntegrityError:
        row.delete_files()
        key, digest = row.submission_key, row.submission_digest
        if key and (earlier := _earlier(row.owner, key, digest)):
            return earlier
        raise
    except BaseException:
        row.delete_files()
        raise
    return row


def _save(row: Verification, role: str, data: bytes) -> None:
    getattr(row, f"{role}_image").save(role, ContentFile(data), save=False)


def _transaction(
    row: Verification, extra: list[models.Model], quota: int | None
) -> AbstractContextManager[None]:
    """In which the rows are stored. One row that nothing has to be weighed against is a statement, and
    a statement is a transaction."""
    if quota is not None:
        adding = sum(size_of(stored) for stored in (row, *extra))
        return room_for(owner_id=row.owner_id, adding=adding)
    return transaction.atomic() if extra else nullcontext()
