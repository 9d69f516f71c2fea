"""The audit log: what is noted, of whom, and what never gets into it."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.audit.actions import Action
from accounts.audit.buffer import buffer
from accounts.audit.models import AuditEntry
from accounts.audit.services import NotACode, as_code, looked, prune, record
from accounts.chain.checking import verify
from accounts.invitations.services import (
    invitation_create,
    invitation_revoke,
    invitation_use,
)
from accounts.models import ApiKey
from accounts.services import api_key_create, api_key_revoke, api_key_rotate, api_key_update
from tests.support.audit import entry, told
from tests.support.chains import chains_unprotected
from tests.support.people import anchor, person
from tests.support.rows import verification
from tests.support.things import make_things
from verification.gallery import services as gallery

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse 9"


@pytest.fixture
def confirmed(user):
    """Signing in needs a confirmed address where the site can send mail."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def sign_in(client, email="owner@example.org", password=PASSWORD, **headers):
    return client.post("/accounts/login/", {"login": email, "password": password}, **headers)


def test_signing_in_and_out_is_noted_with_the_means_and_part_of_the_address(
    anonymous, user, confirmed
):
    sign_in(anonymous, REMOTE_ADDR="203.0.113.77")
    anonymous.post("/accounts/logout/", REMOTE_ADDR="2001:db8:1:2::3")

    signed_in, signed_out = entry(action="session.sign_in"), entry(action="session.sign_out")
    assert (signed_in.account, signed_in.actor) == (user.pk, user.pk)
    assert signed_in.detail == {"by": ["password"]}
    assert signed_in.address == "203.0.113.0/24"
    assert signed_in.request_id
    assert (signed_out.account, signed_out.actor) == (user.pk, user.pk)
    assert signed_out.address == "2001:db8:1::/48"


def test_a_failed_sign_in_is_noted_in_the_log_of_the_account_that_was_tried(anonymous, user):
    sign_in(anonymous, password="wrong horse 9")
    sign_in(anonymous, email="nobody@example.org", password="wrong horse 9")

    of_user, of_nobody = told(action="session.sign_in_failed")
    assert (of_user.account, of_user.actor) == (user.pk, None)
    assert (of_nobody.account, of_nobody.actor) == (None, None)
    assert "nobody" not in str(of_nobody.says())


@pytest.mark.parametrize(
    ("setting", "kept"), [("truncated", "198.51.100.0/24"), ("whole", "198.51.100.9"), ("none", "")]
)
def test_a_setting_says_how_much_of_the_address_is_kept(
    anonymous, confirmed, settings, setting, kept
):
    settings.FACEVERIFY_AUDIT_ADDRESS = setting

    sign_in(anonymous, REMOTE_ADDR="198.51.100.9")

    assert entry(action="session.sign_in").address == kept


def test_a_changed_password_is_noted(owner, user):
    data = {"oldpassword": PASSWORD, "password1": "right battery 7", "password2": "right battery 7"}

    owner.post("/accounts/password/change/", data)

    assert entry(action="account.password_changed").account == user.pk


def test_what_happens_to_keys_is_noted(user):
    key, _secret = api_key_create(owner=user, name="camera", scopes=["verify"])
    api_key_update(key=key, name="gate")
    new, _secret = api_key_rotate(key=key)
    api_key_revoke(key=new)
    api_key_revoke(key=new)

    noted = told(kind="key")

    assert [(each.action, each.object_id) for each in noted] == [
        ("key.created", str(key.pk)),
        ("key.changed", str(key.pk)),
        ("key.rotated", str(key.pk)),
        ("key.revoked", str(new.pk)),
    ]
    assert noted[0].detail == {"scopes": ["verify"]}
    assert {each.account for each in noted} == {user.pk}


def test_invitations_and_new_administrators_are_noted_without_the_address(user, stranger):
    invitation, _token = invitation_create(invited_by=user, staff=True, uses=2)
    invitation_use(id=invitation.pk, user=stranger)
    invitation_revoke(invitation=invitation)

    noted = [(each.action, each.object_id, each.account) for each in told()]
    assert noted == [
        ("staff.invited", str(invitation.pk), None),
        ("account.invited", str(invitation.pk), stranger.pk),
        ("staff.made", str(stranger.pk), stranger.pk),
        ("staff.invitation_revoked", str(invitation.pk), None),
    ]


def test_the_name_of_a_provider_becomes_a_code():
    assert as_code("Keycloak.example ÄÖ") == "keycloak_example___"


def test_an_entry_is_stored_exactly_if_the_act_is(user):
    with pytest.raises(RuntimeError), transaction.atomic():
        api_key_create(owner=user, name="camera")
        raise RuntimeError

    assert not ApiKey.objects.exists()
    assert told(kind="key") == []


def test_deletions_are_noted_by_whom_and_of_what(owner, api, user):
    ada = person(user, "Ada")
    photo, verdict, second = anchor(ada, seed=1), verification(user, "done"), verification(user)

    owner.post(f"/verifications/{verdict.pk}/delete/")
    api.delete(f"/api/v1/verifications/{second.pk}/")
    owner.post(f"/photos/{photo.pk}/delete/")
    change = gallery.person_delete(person=ada)
    gallery.change_undo(owner=user, change_id=change.pk)

    noted = told(kind="data")
    assert [(each.action, each.object_kind, each.object_id) for each in noted] == [
        ("data.deleted", "verification", str(verdict.pk)),
        ("data.deleted", "verification", str(second.pk)),
        ("data.deleted", "anchor", str(photo.pk)),
        ("data.deleted", "person", str(ada.pk)),
        ("data.restored", "change", str(change.pk)),
    ]
    assert [bool(each.actor) for each in noted] == [True, True, True, False, False]
    assert noted[0].key is None
    assert noted[1].key == ApiKey.objects.get().pk


def test_nothing_personal_can_be_written_by_mistake(user):
    for text in ("Ada Lovelace", "owner@example.org", "ada.jpg", "a" * 65):
        with pytest.raises(NotACode):
            record(action=Action.DELETED, account=user.pk, what=text)


def test_no_name_and_no_address_of_mail_gets_into_the_log(owner, user):
    things = make_things(user)
    ids = things["ids"]
    for page in (f"/people/{ids['person']}/", f"/photos/{ids['anchor']}/", "/people/", "/history/"):
        assert owner.get(page).status_code == 200
    owner.post(f"/people/{ids['person']}/delete/")

    noted = " ".join(str(each.says()) for each in told())

    assert str(ids["person"]) in noted
    assert not [word for word in ("Ada", "Bea", "Cleo", "camera", "example.org") if word in noted]


def test_what_is_looked_at_waits_for_nobody_and_is_written_with_the_rest(owner, user, rf):
    request = rf.get("/")
    request.user = user
    for number in range(3):
        looked(object=("anchor", number), request=request)
    assert not AuditEntry.objects.filter(action="view.seen").exists()

    buffer.flush()

    assert AuditEntry.objects.filter(action="view.seen").count() == 3
    assert verify(AuditEntry).intact


def test_looking_again_within_a_minute_is_told_once(owner, user):
    verdict = verification(user, "done")
    for _ in range(3):
        owner.get(f"/verifications/{verdict.pk}/")

    assert entry(action="view.seen").object_id == str(verdict.pk)


def test_old_entries_are_dropped_and_the_rest_can_still_be_checked(user, settings):
    settings.FACEVERIFY_AUDIT_DAYS = 30
    for days in (90, 60, 10):
        AuditEntry(
            action="key.created", created_at=timezone.now() - timedelta(days=days), account=user.pk
        ).save()
    buffer.flush()

    assert prune() == 2
    assert prune() == 0

    assert [each.action for each in told()] == ["key.created", "log.pruned"]
    report = verify(AuditEntry)
    assert report.intact
    assert (report.first, report.entries) == (3, 2)


def test_the_log_outlives_the_account(user):
    api_key_create(owner=user, name="camera")
    account = user.pk

    user.delete()

    assert entry(action="key.created").account == account


def test_the_command_tells_the_last_entry_and_finds_it_again(user, capsys):
    record(action=Action.SETTINGS, account=user.pk)
    call_command("verify_audit")
    known = capsys.readouterr().out.split()[-1]

    record(action=Action.SETTINGS, account=user.pk)
    call_command("verify_audit", known=known)

    assert "2 entries checked" in capsys.readouterr().out


def test_the_command_names_the_first_entry_that_does_not_fit(user):
    for _ in range(3):
        record(action=Action.SETTINGS, account=user.pk)
    call_command("verify_audit")
    with chains_unprotected():
        from django.db.models import QuerySet

        QuerySet(AuditEntry).filter(number=2).update(account=None)

    with pytest.raises(CommandError, match="Entry 2: What it says was changed"):
        call_command("verify_audit")


def test_the_command_refuses_what_is_no_entry():
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        call_command("verify_audit", known="yesterday")
