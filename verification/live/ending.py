"""What is kept of a session when it ends: the verdict with the best frames, or photos of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from faceverify.api.errors import QuotaExceeded

from .. import engine
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.kinds.live import LIVE
from ..comparisons.models import Verification
from ..comparisons.outcome import end_with_verdict
from ..engine.live_types import BestFrame, LiveResult
from ..gallery.locks import lock
from ..gallery.models import Anchor, Person
from ..gallery.services import anchor_add_clean
from ..gallery.worker import read
from ..jobs.claims import Claim, end_failed, end_refused
from ..jobs.refusals import Refusal
from ..jobs.storage import check_room
from ..text.sentences import sentence
from .models import LiveSession
from .subjects import PERSON_DELETED

Task = LiveSession.Task

NOTHING_SEEN = Refusal(
    "no_face_usable",
    sentence("No face was seen well enough to compare it."),
    sentence("Come closer, face the camera, and see to light from the front."),
)
QUOTA = "quota_exceeded"


@dataclass(frozen=True)
class Cleaned:
    """A result whose pictures are free of metadata: what a camera sent is never stored as it came.

    `photo` is the face of the photo that was compared with, and its bytes.
    """

    result: LiveResult
    frames: tuple[bytes, ...]
    evidence: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    photo: engine.FaceEmbedding | None = None


def clean(result: LiveResult, photo: engine.FaceEmbedding | None) -> Cleaned:
    """Takes some milliseconds a picture. Raises ImageRefused, DecodersBusy."""

    def each(pictures: Sequence[bytes]) -> tuple[bytes, ...]:
        return tuple(engine.sanitize(picture) for picture in pictures)

    return Cleaned(
        result,
        each([frame.jpeg for frame in result.frames]),
        each([evidence.jpeg for evidence in result.evidence]),
        each([frame.jpeg for frame in result.anchors]),
        photo,
    )


def session_finish(claim: Claim[LiveSession], cleaned: Cleaned, note: dict[str, Any]) -> bool:
    """End a session with what the camera saw; `note` is what a verdict keeps of own thresholds.

    False, with nothing stored, when the session was cancelled or deleted meanwhile.
    """
    result = cleaned.result
    seen = {
        "challenge": result.challenge if claim.row.with_challenge else "",
        "reasons": list(result.reasons),
        "frames_seen": result.frames_seen,
        "frames_used": result.frames_used,
        "seconds": round(result.seconds, 3),
    }
    try:
        if claim.row.task == Task.ENROL:
            return _end_enrolled(claim, cleaned, seen)
        if result.decision is None or not result.frames:
            return end_refused(claim, NOTHING_SEEN)
        return _end_with_verdict(claim, cleaned, note, seen)
    except QuotaExceeded as error:
        return end_refused(claim, Refusal(QUOTA, error.detail, error.remedy))


def session_lost(claim: Claim[LiveSession], code: str) -> bool:
    """End a session that an error of ours has ended."""
    return end_failed(claim, code)


def _end_with_verdict(
    claim: Claim[LiveSession], cleaned: Cleaned, note: dict[str, Any], seen: dict[str, Any]
) -> bool:
    session, result = claim.row, cleaned.result
    assert result.decision is not None
    check_room(owner_id=session.owner_id)
    token = uuid4()
    row = Verification(
        owner_id=session.owner_id,
        kind=LIVE.name,
        gallery_id=None if session.photo else session.gallery_id,
        source=session.source,
        false_match_rate=session.false_match_rate,
        state=Verification.State.RUNNING,
        attempts=1,
        claim_token=token,
        lease_expires_at=timezone.now() + timedelta(minutes=1),
        started_at=session.started_at,
        created_at=session.created_at,
        reference_name=session.photo_name,
    )
    try:
        with transaction.atomic():
            if not claim.held.select_for_update().exists():
                raise _Lost
            named, reason = _people(session, result)
            if reason:
                return end_refused(claim, reason)
            row.person = named.get(session.person_id) if session.person_id else None
            row.person_name = row.person.name if row.person else ""
            _store_photos(row, session, cleaned)
            row.save(force_insert=True)
            _store_frames(row, cleaned)
            candidates = _candidates(result, named) if session.task == Task.IDENTIFY else []
            held = Claim(row, token)
            if not end_with_verdict(
                held, _verdict(cleaned, note), candidates=candidates
            ) or not claim.end(
                LiveSession.DONE,
                verification=row,
                outcome=result.outcome,
                **seen,
            ):
                raise _Lost
    except _Lost:
        row.delete_files()
        return False
    except BaseException:
        row.delete_files()
        raise
    return True


class _Lost(Exception):
    """The claim was lost: nothing is to be stored."""


def _people(session: LiveSession, result: LiveResult) -> tuple[dict[UUID, Person], Refusal | None]:
    """Those of the people named who are still there, locked: nobody who is erased at this moment is
    named afterwards. The reason, where nobody is left to be compared with."""
    ids = {UUID(candidate.key) for candidate in result.candidates if candidate.key}
    if session.task == Task.VERIFY and not session.photo:
        if session.person_id is None:
            return {}, PERSON_DELETED
        ids.add(session.person_id)
    people = lock(*ids)
    gone = session.person_id is not None and session.person_id not in people
    return people, PERSON_DELETED if gone else None


def _candidates(result: LiveResult, people: dict[UUID, Person]) -> list[dict[str, Any]]:
    """Those who are there, and whose consent has not ended during the session."""
    there = {pk for pk, person in people.items() if not person.consent_is_over}
    return [
        {
            "person_id": candidate.key,
            "name": people[UUID(candidate.key)].name,
            "similarity": candidate.decision.similarity,
            "probability": candidate.decision.probability,
            "outcome": candidate.decision.outcome,
        }
        for candidate in result.candidates
        if candidate.key and UUID(candidate.key) in there
    ]


def _verdict(cleaned: Cleaned, note: dict[str, Any]) -> engine.Verdict:
    best, photo = cleaned.result.frames[0], cleaned.photo
    assert cleaned.result.decision is not None
    faces, crops = {"probe": best.face}, {"probe": best.crop}
    if photo is not None:
        faces["reference"], crops["reference"] = photo.face, photo.crop
    return engine.Verdict(
        decision=cleaned.result.decision,
        model=engine.served_model(),
        faces=faces,
        crops=crops,
        timings={"total": round(cleaned.result.seconds * 1000, 1)},
        calibration=note,
    )


def _store_photos(row: Verification, session: LiveSession, cleaned: Cleaned) -> None:
    row.probe_image.save("probe", ContentFile(cleaned.frames[0]), save=False)
    if session.photo:
        row.reference_image.save("reference", ContentFile(read(session.photo)), save=False)


def _store_frames(row: Verification, cleaned: Cleaned) -> None:
    """The best frames but the first, which is the probe, and a picture of each step of the challenge:
    photos of the verdict, which are erased as its others are."""
    for frame, picture in zip(cleaned.result.frames[1:], cleaned.frames[1:], strict=True):
        _store(row, picture, face=frame.face, crop=frame.crop)
    for evidence, picture in zip(cleaned.result.evidence, cleaned.evidence, strict=True):
        said = {
            "step": evidence.step,
            "asked_ms": evidence.asked_ms,
            "done_ms": evidence.done_ms,
            "measured": evidence.measured,
        }
        _store(row, picture, face=said)


def _store(row: Verification, picture: bytes, *, face: dict[str, Any], crop: bytes = b"") -> None:
    photo = SearchPhoto(
        verification=row,
        position=row.photos.count(),
        state=SearchPhoto.State.KEPT,
        face=face,
    )
    photo.image.save("photo", ContentFile(picture), save=False)
    if crop:
        photo.crop.save("crop", ContentFile(crop), save=False)
    photo.save(force_insert=True)


def _end_enrolled(claim: Claim[LiveSession], cleaned: Cleaned, seen: dict[str, Any]) -> bool:
    session = claim.row
    if not cleaned.anchors:
        return end_refused(claim, NOTHING_SEEN)
    added: list[Anchor] = []
    try:
        with transaction.atomic():
            people = lock(session.person_id) if session.person_id else {}
            person = next(iter(people.values()), None)
            if person is None:
                return end_refused(claim, PERSON_DELETED)
            pictures = zip(cleaned.result.anchors, cleaned.anchors, strict=True)
            for number, (frame, picture) in enumerate(pictures, 1):
                anchor = _add(person, frame, picture, number)
                if anchor.is_new:  # the gallery may have had the picture
                    added.append(anchor)
            if not claim.end(LiveSession.DONE, anchors_added=len(added), **seen):
                raise _Lost
    except BaseException as error:
        for anchor in added:
            anchor.delete_files()
        if isinstance(error, _Lost):
            return False
        raise
    return True


def _add(person: Person, frame: BestFrame, picture: bytes, number: int) -> Anchor:
    return anchor_add_clean(
        person=person,
        photo=picture,
        origin_sha256=sha256(frame.jpeg).hexdigest(),
        file_name=f"camera-{number}.jpg",
        face_index=frame.face.get("index"),
    )
