"""Making, opening and cancelling sessions."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.models import User
from accounts.owner_lock import owner_locked

from .. import engine
from ..comparisons.models import Verification
from ..comparisons.submission import UploadedPhoto
from ..gallery.access import default_gallery, people_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Anchor, Person
from ..gallery.selectors import has_named_photos
from ..jobs.claims import UNCLAIMED, Claim
from ..jobs.clock import later
from ..jobs.models import PENDING, REFUSED, RUNNING
from ..jobs.refusals import Refusal
from ..jobs.services import ActionNotAllowed, last_part
from ..jobs.signals import job_finished
from ..jobs.statements import update_returning
from ..jobs.storage import check_room, room_for, size_of
from ..text.sentences import said, sentence
from .errors import ALREADY_USED, NO_ROOM, NOT_FOUND, LiveRefused, TooManySessions
from .models import LiveSession
from .selectors import sessions_open
from .tokens import SECONDS, Token

Task = LiveSession.Task

MAX_ORIGINS = 10
ORIGIN = re.compile(r"https?://[^/\s?#*@]+", re.ASCII)
LONGEST = 60.0  # seconds of a session
MARGIN = 15.0  # seconds that its end may take

CANCELLED = Refusal(
    "cancelled", sentence("The session was cancelled."), sentence("Start another one.")
)


@dataclass(frozen=True)
class LiveRequest:
    """What an owner asks for: `person` or `photo` to compare with, or neither for the gallery, which is
    `default_gallery` unless one is given."""

    owner: User
    task: str
    person: Person | None = None
    photo: UploadedPhoto | None = None
    gallery: Gallery | None = None
    false_match_rate: float = 1e-3
    with_challenge: bool = False
    origins: list[str] = field(default_factory=list)
    source: str = Verification.Source.WEB.value


def session_create(request: LiveRequest) -> LiveSession:
    """A session that waits for its camera.

    Raises ValidationError (a dict by field), ImageRefused with `which` "photo", QuotaExceeded and
    TooManySessions.
    """
    gallery = request.person.gallery if request.person else request.gallery
    gallery = gallery or default_gallery(request.owner)
    _check(request, gallery)
    row = LiveSession(
        owner=request.owner,
        gallery=gallery,
        source=request.source,
        task=request.task,
        person=request.person,
        false_match_rate=_offered_rate(request),
        with_challenge=request.with_challenge,
        origins=_origins(request.origins),
    )
    check_room(owner_id=row.owner_id)
    _check_number(row.owner_id)  # before the dear part
    if request.photo is not None:
        row.photo_name = last_part(request.photo.name)
        try:
            clean = engine.sanitize(request.photo.data)
        except engine.ImageRefused as error:
            error.which = "photo"
            raise
        row.photo.save("photo", ContentFile(clean), save=False)
    try:
        with owner_locked(row.owner_id), room_for(owner_id=row.owner_id, adding=size_of(row)):
            _check_number(row.owner_id)
            row.save(force_insert=True)
            # By the database's clock, as all due times are.
            LiveSession.objects.filter(pk=row.pk).update(due_at=later(SECONDS))
    except BaseException:
        row.delete_files()
        raise
    row.refresh_from_db()
    return row


def session_open(*, token: Token) -> Claim[LiveSession]:
    """Use the token: the right to end this session, which is running from now on. Raises
    LiveRefused."""
    rows = LiveSession.objects.filter(pk=token.session, owner=token.owner, owner__is_active=True)
    if not rows.exists():
        raise LiveRefused(NOT_FOUND)
    # Of this process: each machine has its own.
    if sessions_open().filter(claimed_by=_process.id).count() >= settings.FACEVERIFY_LIVE_SESSIONS:
        raise LiveRefused(NO_ROOM)
    claim_token = uuid4()
    taken = rows.filter(state=PENDING, due_at__gt=Now()).update(
        state=RUNNING,
        claim_token=claim_token,
        claimed_by=_process.id,
        lease_expires_at=later(LONGEST + MARGIN),
        started_at=Now(),
        # No other process can go on with a camera: when the lease runs out, the session has failed.
        attempts=settings.FACEVERIFY_TRIES,
    )
    row = rows.filter(claim_token=claim_token).first() if taken else None
    if row is None:
        raise LiveRefused(ALREADY_USED)
    return Claim(row, claim_token)


def session_cancel(*, session: LiveSession, reason: Refusal = CANCELLED) -> None:
    """End a session that is not over yet; the camera's process notices. Raises ActionNotAllowed."""
    if not end_unfinished(session.pk, reason):
        raise ActionNotAllowed(gettext("The session is over already."))


def end_unfinished(pk: UUID, reason: Refusal) -> bool:
    """End a session as refused, whoever holds it; False when it is over."""
    with transaction.atomic():
        ended = update_returning(
            LiveSession.objects.filter(pk=pk, state__in=(PENDING, RUNNING)),
            state=REFUSED,
            finished_at=Now(),
            refusal_code=reason.code,
            refusal_detail=reason.detail,
            refusal_remedy=reason.remedy,
            **UNCLAIMED,
        )
        for row in ended:
            job_finished.send(sender=LiveSession, pk=pk, row=row)
    return bool(ended)


class _Process:
    """The process `live` as it stands in the table of workers; None elsewhere."""

    id: UUID | None = None


_process = _Process()


def opened_by(id: UUID | None) -> None:
    """Sessions opened from now on are held by the process with this id."""
    _process.id = id


def _check(request: LiveRequest, gallery: Gallery) -> None:
    errors: dict[str, Any] = {}
    person, photo = request.person, request.photo
    if request.task not in Task.values:
        errors["task"] = gettext("Use one of %(allowed)s.") % {"allowed": ", ".join(Task.values)}
    elif request.task == Task.IDENTIFY and (person or photo):
        errors["task"] = gettext(
            "Everyone of the gallery is looked for: leave person and photo out."
        )
    elif request.task == Task.VERIFY and (person is None) == (photo is None):
        errors["person"] = gettext("Give a person of your gallery, or a photo to compare with.")
    elif request.task == Task.ENROL and (person is None or photo):
        errors["person"] = gettext("Give the person of your gallery whom the photos are for.")
    elif request.task == Task.IDENTIFY and not has_named_photos(gallery):
        errors["task"] = gettext(
            "Your gallery has no photos yet: add people and their photos first."
        )
    if person is not None and "person" not in errors and (error := _person_error(request, person)):
        errors["person"] = error
    if errors:
        raise ValidationError(errors)


def _person_error(request: LiveRequest, person: Person) -> str:
    role = Role.EDITOR if request.task == Task.ENROL else Role.VIEWER
    if not people_for(request.owner, role).filter(pk=person.pk).exists():
        return gettext("Choose a person of your gallery.")
    if person.consent_is_over:
        return gettext(
            "The person's consent has ended. If the person has agreed again, record it on their page."
        )
    if request.task == Task.VERIFY and not Anchor.objects.filter(person=person).exists():
        return gettext("Add a photo of %(name)s first.") % {"name": person.name}
    return ""


def _offered_rate(request: LiveRequest) -> float:
    try:
        return engine.offered_rate(request.false_match_rate)
    except engine.RateUnknown as error:
        raise ValidationError({"false_match_rate": said(str(error))}) from error


def _origins(origins: list[str]) -> list[str]:
    """As browsers send them. Raises ValidationError."""
    if len(origins) > MAX_ORIGINS:
        raise ValidationError(
            {"origins": gettext("At most %(most)s origins.") % {"most": MAX_ORIGINS}}
        )
    clean = []
    for origin in origins:
        text = origin.strip().lower()
        if not ORIGIN.fullmatch(text) or not _has_host(text):
            raise ValidationError(
                {"origins": gettext("Give origins as https://example.org, without a path.")}
            )
        scheme, _, rest = text.partition("://")
        usual = ":443" if scheme == "https" else ":80"
        clean.append(f"{scheme}://{rest.removesuffix(usual)}")
    return list(dict.fromkeys(clean))


def _has_host(origin: str) -> bool:
    try:
        parts = urlsplit(origin)
        return bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _check_number(owner_id: UUID) -> None:
    limit = settings.FACEVERIFY_LIVE_ACCOUNT_SESSIONS
    mine = LiveSession.objects.filter(owner=owner_id)
    waiting = mine.filter(state=PENDING, due_at__gt=Now()).count()
    running = mine.filter(state=RUNNING, lease_expires_at__gt=Now()).count()
    if waiting + running >= limit:
        raise TooManySessions(limit)
