"""Sessions as rows: who may ask for one, what its token opens, and how it ends without a camera."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from tests.support.clients import program
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import files_of
from verification.comparisons.submission import UploadedPhoto
from verification.gallery.services import person_update
from verification.jobs import recovery
from verification.live.errors import LiveRefused, TooManySessions
from verification.live.messages import is_allowed, opened_token
from verification.live.services import LiveRequest, session_cancel, session_create, session_open
from verification.live.tokens import SECONDS, token_of
from verification.models import LiveSession, Worker
from verification.retention.people import person_erase_everywhere
from verification.worker import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    row = person(user, "Ada")
    anchor(row)
    return row


def session(owner, **asked: Any) -> LiveSession:
    usual: dict[str, Any] = {"task": "verify", "photo": UploadedPhoto(photo(1), "p.jpg")}
    wanted = usual | asked
    if wanted.get("person") or wanted["task"] == "identify":
        wanted["photo"] = None
    return session_create(LiveRequest(owner=owner, **wanted))


def open_with(row: LiveSession, *, text: str = "", id=None):
    token = opened_token(text or token_of(row), session=id or row.pk, origin=None, host="localhost")
    return session_open(token=token)


def code_of(row: LiveSession, **how) -> str:
    with pytest.raises(LiveRefused) as refused:
        open_with(row, **how)
    return refused.value.fault.code


def test_a_token_is_used_once(user):
    row = session(user)

    claim = open_with(row)

    row.refresh_from_db()
    assert (row.state, row.claim_token) == ("running", claim.token)
    assert code_of(row) == "already_used"


def test_a_token_opens_only_its_own_session(user):
    row, other = session(user), session(user)

    assert code_of(row, text=token_of(other)) == "token_invalid"
    assert code_of(row, text=token_of(row) + "x") == "token_invalid"
    assert code_of(row, text=token_of(row), id=uuid4()) == "token_invalid"


def test_a_token_is_good_for_three_minutes(user, monkeypatch):
    row = session(user)
    token = token_of(row)
    now = timezone.now().timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + SECONDS + 2)

    assert code_of(row, text=token) == "token_expired"


def test_a_token_of_an_account_that_was_closed_opens_nothing(user):
    row = session(user)
    user.is_active = False
    user.save()

    assert code_of(row) == "not_found"


def test_a_session_whose_token_was_not_used_in_time_is_ended_by_a_worker(user):
    row = session(user)
    folder = row.folder
    assert files_of(row)
    tasks.end_live_session(str(row.pk))  # not due yet
    row.refresh_from_db()
    assert row.state == "pending"

    LiveSession.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert code_of(row) == "already_used"
    tasks.end_live_session(str(row.pk))

    row.refresh_from_db()
    assert (row.state, row.refusal_code, row.photo.name) == ("refused", "not_started", "")
    assert row.folder == folder


def test_a_session_whose_process_is_lost_has_failed_and_is_not_tried_again(user):
    row = session(user)
    open_with(row)
    LiveSession.objects.filter(pk=row.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )

    assert recovery.release_expired() == 1

    row.refresh_from_db()
    assert (row.state, row.failure_code) == ("failed", "worker_lost")


def test_the_process_that_follows_cameras_cleans_up_for_no_others():
    live, worker = uuid4(), uuid4()
    recovery.worker_start(id=live, name="live@one", queues=["live"])
    Worker.objects.update(started_at=timezone.now() - timedelta(hours=1))
    recovery.worker_start(id=worker, name="worker@one")

    assert not recovery.is_first_worker(live)
    assert recovery.is_first_worker(worker)


def test_as_many_cameras_as_the_server_can_follow(user, settings):
    settings.FACEVERIFY_LIVE_SESSIONS = 1
    first, second = session(user), session(user)
    open_with(first)

    assert code_of(second) == "too_many_sessions"
    session_cancel(session=first)
    assert open_with(second)


def test_an_account_has_so_many_sessions_and_a_place_is_free_again_when_one_ends(user, settings):
    settings.FACEVERIFY_LIVE_ACCOUNT_SESSIONS = 2
    first, _second = session(user), session(user)

    with pytest.raises(TooManySessions):
        session(user)
    assert LiveSession.objects.count() == 2
    session_cancel(session=first)
    assert session(user)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"task": "verify", "photo": None}, "person"),
        ({"task": "enrol"}, "person"),
        ({"task": "identify"}, "task"),  # nobody is in the gallery
        ({"task": "guess"}, "task"),
        ({"false_match_rate": 0.5}, "false_match_rate"),
        ({"origins": ["shop.example.org"]}, "origins"),
        ({"origins": ["https://shop.example.org/page"]}, "origins"),
        ({"origins": ["https://*.example.org"]}, "origins"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_stored(user, asked, field):
    with pytest.raises(ValidationError) as error:
        session(user, **asked)

    assert list(error.value.message_dict) == [field]
    assert not LiveSession.objects.exists()


def test_somebody_whose_consent_has_ended_is_not_looked_for(user, ada):
    person_update(person=ada, consent_until=timezone.now().date() - timedelta(days=1))
    ada.refresh_from_db()

    with pytest.raises(ValidationError, match="consent has ended"):
        session(user, person=ada)


def test_whoever_is_erased_everywhere_ends_the_sessions_that_look_for_them(user, ada):
    looked_for, everyone, photos = (
        session(user, person=ada),
        session(user, task="identify"),
        session(user),
    )
    open_with(everyone)

    person_erase_everywhere(owner=user, person=ada)

    states = {row.pk: row for row in LiveSession.objects.all()}
    for ended in (looked_for, everyone):
        assert states[ended.pk].refusal_code == "person_deleted"
    assert states[photos.pk].state == "pending"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),  # no page at all
        ("http://localhost:8000", True),
        ("https://shop.example.org", True),
        ("https://shop.example.org.evil.org", False),
        ("http://localhost:9000", False),
        ("null", False),
        ("http://evil.org", False),
    ],
)
def test_pages_of_our_own_and_of_the_origins_in_the_token_may_use_it(origin, allowed):
    assert is_allowed(origin, ("https://shop.example.org",), "localhost:8000") is allowed


def test_a_host_that_is_not_ours_makes_no_origin_ours():
    assert not is_allowed("http://rebound.evil.org", (), "rebound.evil.org")


def test_a_page_gets_a_session_and_its_token(owner, user, ada):
    answer = owner.post("/compare/live/start/", {"task": "verify", "person": str(ada.pk)})

    assert answer.status_code == 201
    said = answer.json()
    row = LiveSession.objects.get(pk=said["id"])
    assert (row.source, row.person, row.state) == ("web", ada, "pending")
    assert said["socket"] == f"/live/sessions/{row.pk}/"
    assert open_with(row, text=said["token"])


def test_a_page_is_told_what_is_wrong_and_of_the_limit(owner, other, ada, settings):
    settings.FACEVERIFY_LIVE_ACCOUNT_SESSIONS = 1

    nobody = other.post("/compare/live/start/", {"task": "verify", "person": str(ada.pk)})
    first = owner.post("/compare/live/start/", {"task": "verify", "person": str(ada.pk)})
    second = owner.post("/compare/live/start/", {"task": "verify", "person": str(ada.pk)})

    assert nobody.status_code == 422
    assert nobody.json()["errors"].keys() <= {"person", "__all__"}
    assert (first.status_code, second.status_code) == (201, 429)
    assert second.json()["code"] == "too_many_sessions"


def test_photos_for_the_gallery_need_the_scope_that_changes_it(user, ada):
    asked = {"task": "enrol", "person": str(ada.pk)}

    refused = program(user, scopes=["verify"]).post("/api/v1/live_sessions/", asked)
    made = program(user, scopes=["verify", "gallery:write"]).post("/api/v1/live_sessions/", asked)

    assert (refused.status_code, refused.json()["required_scopes"]) == (403, ["gallery:write"])
    assert made.status_code == 201
