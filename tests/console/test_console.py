"""The operator's console: what staff can do, and what they never see."""

import re

import pytest
from django.urls import reverse

from accounts.invitations.models import Invitation
from accounts.models import User
from accounts.services import api_key_create
from faceverify.console.selectors import kind_name
from faceverify.console.urls import urlpatterns
from tests.support.clients import browser, program
from tests.support.embedded import known
from tests.support.faces import make_face
from tests.support.present import present
from tests.support.rows import verification
from tests.support.submissions import submit_pair
from verification.jobs.models import job_models
from verification.models import Anchor, Verification
from verification.webhooks.services import webhook_create, webhook_test

pytestmark = pytest.mark.django_db

# What an owner stored, marked so that it would be noticed anywhere.
NAME, NOTE, FILE, TITLE, PATH = "Zorblax", "quuxnote", "wibble.jpg", "frobtitle", "hooksecretpath"
MARKS = (NAME, NOTE, FILE, TITLE, PATH)


@pytest.fixture
def staff(db):
    return User.objects.create_superuser("staff@example.org", "correct horse 9")


@pytest.fixture
def desk(staff):
    """The browser of one of the staff."""
    return browser(staff)


def failed(owner, code: str = "worker_lost") -> Verification:
    row = verification(owner)
    Verification.objects.filter(pk=row.pk).update(
        state="failed", failure_code=code, finished_at=row.created_at, attempts=3
    )
    return row


def console_pages() -> list[str]:
    """The names of the pages without an id."""
    return [str(entry.name) for entry in urlpatterns if "<" not in str(entry.pattern)]


@pytest.fixture
def full_account(user):
    """Everything an owner can store, with marks."""
    person = known(user, 1, photos=2, name=NAME)
    person.note = NOTE
    person.save()
    Anchor.objects.update(file_name=FILE)
    row = submit_pair(owner=user, probe=make_face(1), reference=make_face(1, 1))
    Verification.objects.filter(pk=row.pk).update(title=TITLE, probe_name=FILE, reference_name=FILE)
    Verification.objects.filter(pk=row.pk).update(
        state="failed", failure_code="internal_error", finished_at=row.created_at
    )
    webhook, _secret = webhook_create(
        owner=user, url=f"https://receiver.example.org/{PATH}", events=["verification.completed"]
    )
    webhook_test(webhook=webhook)
    return user


def test_for_everybody_but_staff_there_is_no_console(owner, anonymous):
    for name in console_pages():
        assert owner.get(reverse(name)).status_code == 404 or name == "console_jobs_again"
        assert anonymous.get(reverse(name)).status_code in (302, 405)
    assert owner.post(reverse("console_jobs_again")).status_code == 404
    assert reverse("console") not in owner.get("/account/").content.decode()


def test_staff_never_see_what_an_owner_stored(desk, full_account):
    group = "?kind=verification.verification&code=internal_error"
    pages = [reverse(name) for name in console_pages() if name != "console_jobs_again"]
    pages += [reverse("console_user", args=[full_account.pk]), reverse("console_jobs") + group]

    for page in pages:
        answer = desk.get(page)
        assert answer.status_code == 200, page
        shown = answer.content.decode()
        assert [mark for mark in MARKS if mark in shown] == [], page
        assert not re.search(r"<img|\.jpg", shown), page


def test_to_staff_everything_of_an_owner_is_as_not_there(desk, staff, full_account):
    row = present(Verification.objects.filter(owner=full_account).first())
    photo = present(Anchor.objects.filter(person__owner=full_account).first())
    api = program(staff)

    assert desk.get(reverse("photo", args=[photo.pk])).status_code == 404
    assert desk.get(reverse("photo_image", args=[photo.pk, "image"])).status_code == 404
    assert desk.get(reverse("person", args=[photo.person_id])).status_code == 404
    assert api.get(f"/api/v1/verifications/{row.pk}/").status_code == 404
    assert api.get(f"/api/v1/people/{photo.person_id}/").status_code == 404


def test_the_overview_shows_queues_failures_and_storage(desk, user):
    failed(user)

    shown = desk.get(reverse("console")).content.decode()

    assert "Failed jobs: 1" in shown
    assert "interactive" in shown
    assert "No worker has been seen lately" in shown


def test_accounts_are_found_by_address_and_state(desk, user, stranger):
    User.objects.filter(pk=stranger.pk).update(is_active=False)

    by_address = desk.get(reverse("console_users"), {"q": "OWNER@"}).content.decode()
    deactivated = desk.get(reverse("console_users"), {"state": "inactive"}).content.decode()

    assert user.email in by_address
    assert stranger.email not in by_address
    assert stranger.email in deactivated
    assert user.email not in deactivated


def test_a_deactivated_account_is_out_at_once_and_comes_back_with_everything(desk, user, owner):
    _key, secret = api_key_create(owner=user, name="camera")
    headers = {"Authorization": f"Bearer {secret}"}
    row = verification(user, "done")

    desk.post(reverse("console_user_do", args=[user.pk, "deactivate"]))

    assert owner.get("/history/").status_code == 302
    assert browser().get("/api/v1/people/", headers=headers).status_code == 401
    desk.post(reverse("console_user_do", args=[user.pk, "activate"]))
    assert browser().get("/api/v1/people/", headers=headers).status_code == 200
    assert Verification.objects.filter(pk=row.pk).exists()


def test_signing_out_everywhere_ends_the_sessions_of_one_account_alone(desk, user, owner):
    assert owner.get("/history/").status_code == 200

    desk.post(reverse("console_user_do", args=[user.pk, "sign_out"]))

    assert owner.get("/history/").status_code == 302
    assert desk.get(reverse("console")).status_code == 200


def test_the_console_is_given_and_taken_but_not_from_oneself(desk, staff, user, owner):
    desk.post(reverse("console_user_do", args=[user.pk, "make_staff"]))
    assert owner.get(reverse("console")).status_code == 200

    desk.post(reverse("console_user_do", args=[user.pk, "take_staff"]))
    assert owner.get(reverse("console")).status_code == 404

    for action in ("take_staff", "deactivate"):
        answer = desk.post(reverse("console_user_do", args=[staff.pk, action]), follow=True)
        assert "your own" in answer.content.decode() or "yourself" in answer.content.decode()
    assert desk.get(reverse("console")).status_code == 200


def test_whoever_has_the_open_session_of_one_of_the_staff_is_asked_again_before_acting(staff, user):
    thief = browser()
    thief.force_login(staff)

    answers = [
        thief.post(reverse("console_user_do", args=[user.pk, "deactivate"])),
        thief.post(reverse("console_invitations"), {"uses": 1, "days": 7}),
    ]

    for answer in answers:
        assert answer["Location"].startswith(reverse("account_reauthenticate"))
    user.refresh_from_db()
    assert user.is_active
    assert not Invitation.objects.exists()


def test_acts_are_in_the_log_of_the_console_and_of_the_account(desk, staff, user, owner):
    desk.post(reverse("console_user_do", args=[user.pk, "make_staff"]))
    desk.post(reverse("console_user_do", args=[user.pk, "take_staff"]))

    log = desk.get(reverse("console_activity")).content.decode()
    own = owner.get(reverse("activity")).content.decode()

    for shown in (log, own):
        assert "Made an administrator" in shown
        assert "console taken" in shown
    assert f"by {staff.email}, of {user.email}" in log


def test_an_invitation_is_made_shown_once_used_and_withdrawn(desk, anonymous, settings):
    settings.FACEVERIFY_SIGN_UP = "invitation"
    page = desk.post(reverse("console_invitations"), {"uses": 2, "days": 7})
    link = re.search(r"<code>(http[^<]+)</code>", page.content.decode())

    assert page.status_code == 201
    assert link is not None
    path = link[1].removeprefix("http://testserver")
    assert anonymous.get(path, follow=True).status_code == 200
    assert link[1] not in desk.get(reverse("console_invitations")).content.decode()

    desk.post(reverse("console_invitation_revoke", args=[Invitation.objects.get().pk]))
    assert "revoked" in desk.get(reverse("console_invitations")).content.decode()
    assert browser().get(path, follow=True).status_code == 410


def test_an_invitation_that_was_mailed_is_seen_by_its_reader_alone(desk, settings, mailoutbox):
    settings.FACEVERIFY_SIGN_UP, settings.FACEVERIFY_SENDS_MAIL = "invitation", True

    page = desk.post(
        reverse("console_invitations"), {"email": "new@example.org", "uses": 1, "days": 7}
    )

    (mail,) = mailoutbox
    assert mail.to == ["new@example.org"]
    assert "Its link was sent to new@example.org" in page.content.decode()
    assert "/invitation" not in re.sub(r"/console/invitations/\S*", "", page.content.decode())


def test_a_bad_invitation_is_refused_with_the_reason(desk, user):
    page = desk.post(reverse("console_invitations"), {"email": user.email, "uses": 1, "days": 7})

    assert page.status_code == 422
    assert not Invitation.objects.exists()


def test_a_link_for_a_new_password_works_once(desk, user, anonymous):
    page = desk.post(reverse("console_user_do", args=[user.pk, "password_link"]))
    link = re.search(r"<code>(http[^<]+)</code>", page.content.decode())

    assert link is not None
    path = link[1].removeprefix("http://testserver")
    form = anonymous.get(path, follow=True)
    assert "password1" in form.content.decode()


def test_an_account_gets_a_quota_of_its_own_and_loses_it_again(desk, user):
    address = reverse("console_user_quota", args=[user.pk])

    desk.post(address, {"megabytes": "5"})
    user.refresh_from_db()
    assert user.quota_megabytes == 5
    assert "of 5.0" in desk.get(reverse("console_user", args=[user.pk])).content.decode()

    assert desk.post(address, {"megabytes": "-1"}).status_code == 422
    desk.post(address, {"megabytes": ""})
    user.refresh_from_db()
    assert user.quota_megabytes is None


def test_an_act_is_asked_about_first(desk, user):
    page = desk.get(reverse("console_user_do", args=[user.pk, "deactivate"]))

    assert f"Deactivate: {user.email}?" in page.content.decode()
    user.refresh_from_db()
    assert user.is_active
    assert desk.post(reverse("console_user_do", args=[user.pk, "dance"])).status_code == 404


def test_one_failed_job_is_tried_again_or_all_of_a_kind(desk, user):
    one, other, third = failed(user), failed(user), failed(user, "too_slow")
    group = {"kind": "verification.verification", "code": "worker_lost"}

    desk.post(reverse("console_jobs_again"), group | {"id": str(one.pk)})
    assert state(one, other, third) == ["pending", "failed", "failed"]

    desk.post(reverse("console_jobs_again"), group)
    assert state(one, other, third) == ["pending", "pending", "failed"]


def test_what_has_not_failed_is_not_tried_again(desk, user):
    row = verification(user, "done")

    answer = desk.post(
        reverse("console_jobs_again"),
        {"kind": "verification.verification", "code": "x", "id": str(row.pk)},
        follow=True,
    )

    assert "Nothing was tried again" in answer.content.decode()
    assert state(row) == ["done"]


@pytest.mark.parametrize("kind", ["accounts.user", "verification.person", ""])
def test_only_jobs_are_tried_again(desk, kind):
    assert desk.post(reverse("console_jobs_again"), {"kind": kind}).status_code == 404


def state(*rows) -> list[str]:
    return [Verification.objects.get(pk=row.pk).state for row in rows]


def test_settings_in_force_are_shown_without_their_secrets(desk, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://faceverify:s3cret1@host/db?password=s3cret2")
    monkeypatch.setenv("REDIS_URL", "redis://:s3cret3@host/0")
    monkeypatch.setenv("FACEVERIFY_SECRET_KEY", "s3cret4")
    monkeypatch.setenv("FACEVERIFY_SMTP_PASSWORD", "s3cret5")
    monkeypatch.setenv("FACEVERIFY_WORKERS", "17")

    shown = desk.get(reverse("console_settings")).content.decode()

    assert "s3cret" not in shown
    assert "postgresql://faceverify:...@host/db" in shown
    assert re.search(
        r"FACEVERIFY_WORKERS</code> <span[^>]*>set</span></dt>\s*<dd>\s*<code>17", shown
    )
    assert "FACEVERIFY_FILE_KEYS" in shown


def test_every_kind_of_job_has_a_name():
    assert all(kind_name(model) for model in job_models())
