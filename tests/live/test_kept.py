"""What is kept of a session: the verdict, its frames and the challenge's pictures, as all photos are."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.utils import timezone
from PIL import Image

from tests.support.faces import make_face
from tests.support.found_faces import compared
from tests.support.people import anchor, person
from verification import engine
from verification.comparisons.submission import UploadedPhoto
from verification.engine.live import BestFrame, Evidence, LiveCandidate, LiveResult
from verification.live.ending import clean, session_finish
from verification.live.messages import opened_token
from verification.live.services import LiveRequest, session_cancel, session_create, session_open
from verification.live.tokens import token_of
from verification.models import LiveSession, SearchPhoto, Verification
from verification.photos.storage import private_files
from verification.retention.kinds import KINDS
from verification.retention.people import person_erase_everywhere
from verification.webhooks.models import Delivery
from verification.webhooks.services import webhook_create

pytestmark = pytest.mark.django_db

DECISION = engine.Decision("match", 0.8, 0.99, 0.6, engine.Band(0.4, 0.6), 1e-3)


def with_metadata(identity: int) -> bytes:
    """A JPEG as a careless camera sends it: with a note of where it was taken."""
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x010E] = "at home"
    Image.open(io.BytesIO(make_face(identity))).save(out, "JPEG", exif=exif)
    return out.getvalue()


def frame(identity: int) -> BestFrame:
    crop = make_face(identity, size=112)
    return BestFrame(with_metadata(identity), compared(), np.zeros(4, np.float32), crop, 0)


def result(**changes) -> LiveResult:
    """What an engine says that has seen somebody well."""
    evidence = Evidence("turn_left", 1000, 2400, with_metadata(3), {"yaw": 24.0})
    seen = LiveResult(
        outcome="match",
        decision=DECISION,
        key="",
        candidates=(LiveCandidate(1, "", "", DECISION),),
        challenge="passed",
        reasons=(),
        frames=(frame(1), frame(2)),
        evidence=(evidence,),
        anchors=(),
        frames_seen=20,
        frames_used=5,
        seconds=2.5,
    )
    return replace(seen, **changes)


@pytest.fixture
def ada(user):
    row = person(user, "Ada")
    anchor(row)
    return row


def running(owner, **asked: Any):
    usual: dict[str, Any] = {"task": "verify", "with_challenge": True}
    row = session_create(LiveRequest(owner=owner, **usual | asked))
    token = opened_token(token_of(row), session=row.pk, origin=None, host="localhost")
    return session_open(token=token)


def finished(owner, seen: LiveResult, **asked) -> LiveSession:
    claim = running(owner, **asked)
    assert session_finish(claim, clean(seen, None), {})
    return LiveSession.objects.get(pk=claim.row.pk)


def files() -> set[str]:
    return set(private_files().names())


def test_the_verdict_stands_in_the_history_with_its_frames_and_the_challenge(user, owner, ada):
    row = finished(user, result(), person=ada)

    verdict = row.verification
    assert verdict is not None
    assert (row.state, row.outcome, row.challenge) == ("done", "match", "passed")
    assert (verdict.kind, verdict.state, verdict.outcome) == ("live", "done", "match")
    assert (verdict.person, verdict.person_name) == (ada, "Ada")
    kept = list(SearchPhoto.objects.filter(verification=verdict).order_by("position"))
    assert [(photo.state, photo.face.get("step")) for photo in kept] == [
        ("kept", None),
        ("kept", "turn_left"),
    ]
    assert kept[1].face["measured"] == {"yaw": 24.0}
    assert "Camera and Ada" in owner.get("/history/").content.decode()
    picture = owner.get(f"/verifications/{verdict.pk}/photos/1/image.jpg")
    assert picture["Content-Type"] == "image/jpeg"


def test_no_stored_picture_has_metadata_and_none_is_readable_on_the_disk(user, ada):
    row = finished(user, result(), person=ada)
    assert row.verification is not None

    pictures = [
        row.verification.probe_image,
        *(photo.image for photo in row.verification.photos.all()),
    ]

    for picture in pictures:
        stored = private_files().inner.open_sealed(str(picture.name)).read()
        assert not stored.startswith(b"\xff\xd8")
        with picture.open("rb") as file:
            assert b"at home" not in file.read()


def test_the_photo_that_was_compared_with_moves_into_the_verdict(user):
    photo = UploadedPhoto(make_face(1), "me.jpg")

    row = finished(user, result(), photo=photo)

    assert row.verification is not None
    assert (row.photo.name, row.photo_bytes) == ("", 0)
    assert row.verification.reference_name == "me.jpg"
    assert row.verification.reference_image


@pytest.mark.django_db(transaction=True)
def test_a_session_that_was_cancelled_meanwhile_stores_nothing(user):
    before = files()
    claim = running(user, photo=UploadedPhoto(make_face(1), "me.jpg"))
    session_cancel(session=claim.row)

    assert not session_finish(claim, clean(result(), None), {})

    assert not Verification.objects.exists()
    assert files() == before


@pytest.mark.django_db(transaction=True)
def test_a_session_in_which_nobody_was_seen_stores_nothing(user):
    before = files()
    nobody = result(decision=None, frames=(), evidence=(), candidates=(), outcome="inconclusive")

    row = finished(user, nobody, photo=UploadedPhoto(make_face(1), "me.jpg"))

    assert (row.state, row.refusal_code, row.verification) == ("refused", "no_face_usable", None)
    assert files() == before


def test_nobody_is_named_who_was_deleted_meanwhile(user, ada):
    claim = running(user, task="identify")
    found = result(candidates=(LiveCandidate(1, str(ada.pk), "Ada", DECISION),))
    ada.delete()

    assert session_finish(claim, clean(found, None), {})

    row = LiveSession.objects.get(pk=claim.row.pk)
    assert row.verification is not None
    assert row.verification.candidates == []


@pytest.mark.django_db(transaction=True)
def test_erasing_a_person_erases_the_frames_and_what_the_challenge_measured(user, ada):
    before = files()
    row = finished(user, result(), person=ada)
    assert files() > before

    person_erase_everywhere(owner=user, person=ada)

    row.refresh_from_db()
    verdict = row.verification
    assert verdict is not None
    assert (row.person, verdict.person_name, verdict.outcome) == (None, "", "match")
    assert [photo.face for photo in verdict.photos.all()] == [{}, {}]
    assert not [name for name in files() if name.startswith(verdict.folder)]


def test_a_session_goes_with_its_verdict_and_alone_by_its_own_rule(user, ada):
    with_verdict = finished(user, result(), person=ada)
    session_cancel(session=running(user, person=ada).row)
    rule = KINDS["live_sessions"]

    due = rule.due(user.pk, timezone.now() + timedelta(days=1))
    assert list(due.values_list("refusal_code", flat=True)) == ["cancelled"]
    assert rule.erase(list(due.values_list("pk", flat=True))) == {"live_sessions": 1}
    assert with_verdict.verification is not None
    with_verdict.verification.delete()
    assert not LiveSession.objects.exists()


def test_webhooks_are_told_of_the_end_without_a_name_or_a_score(user, ada):
    webhook_create(
        owner=user, url="https://receiver.example.org/", events=["live_session.completed"]
    )

    row = finished(user, result(), person=ada)

    (delivery,) = Delivery.objects.filter(event="live_session.completed")
    data = json.loads(delivery.body)["data"]
    assert (data["id"], data["state"], data["outcome"]) == (str(row.pk), "done", "match")
    assert (data["challenge"], data["verification"]) == ("passed", str(row.verification_id))
    assert "Ada" not in delivery.body and "probability" not in delivery.body


def test_photos_for_the_gallery_wait_for_a_worker_as_others_do(user, ada):
    seen = result(decision=None, frames=(), evidence=(), anchors=(frame(4), frame(5)))

    row = finished(user, seen, task="enrol", person=ada, with_challenge=False)

    assert (row.state, row.outcome, row.challenge, row.anchors_added) == ("done", "", "", 2)
    assert ada.anchors.filter(state="pending").count() == 2


def test_a_photo_that_the_person_has_already_is_not_told_as_added(user, ada):
    def taken(*anchors):
        seen = result(decision=None, frames=(), evidence=(), anchors=anchors)
        return finished(user, seen, task="enrol", person=ada, with_challenge=False).anchors_added

    before = ada.anchors.count()

    assert [taken(frame(4), frame(5)), taken(frame(5), frame(6), frame(6))] == [2, 1]
    assert ada.anchors.count() == before + 3
