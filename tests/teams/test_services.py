"""Inviting, accepting, roles, leaving."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils import timezone

from accounts.models import User
from tests.support.audit import told
from tests.support.people import person
from tests.support.teams import confirmed, member, shared
from verification.gallery.access import anchors_for, galleries_for, gallery_for, people_for
from verification.gallery.membership_models import Membership
from verification.jobs.services import ActionNotAllowed
from verification.teams import services
from verification.teams.models import GalleryInvitation
from verification.teams.selectors import invitation_get, invitations_to

pytestmark = pytest.mark.django_db

ROLES = ["viewer", "reviewer", "editor", "owner"]


@pytest.fixture
def stranger(stranger):
    return confirmed(stranger)


@pytest.fixture
def third(django_user_model):
    return django_user_model.objects.create_user("third@example.org", "correct horse 9")


def invited(gallery, email="stranger@example.org", role="editor") -> GalleryInvitation:
    return services.invite(gallery=gallery, by=gallery.owner, email=email, role=role)


def test_nobody_uses_a_gallery_before_accepting(user, stranger):
    team = shared(user)

    invited(team)

    assert not galleries_for(stranger).filter(pk=team.pk).exists()
    with pytest.raises(Http404):
        gallery_for(stranger, team.pk)


@pytest.mark.parametrize("role", ROLES)
def test_a_member_has_a_role_and_all_that_are_less(user, stranger, role):
    team = shared(user)
    ada = person(user, "Ada", gallery=team)
    member(team, stranger, role)

    for needed in ROLES:
        may = ROLES.index(needed) <= ROLES.index(role)
        assert galleries_for(stranger, needed).filter(pk=team.pk).exists() is may
        assert people_for(stranger, needed).filter(pk=ada.pk).exists() is may
        assert not anchors_for(stranger, needed).exists()


def test_a_member_sees_nothing_else_of_the_owners(user, stranger):
    private = person(user, "Bea")
    member(shared(user), stranger, "owner")

    assert not people_for(stranger).filter(pk=private.pk).exists()


def test_an_invitation_is_the_same_whether_there_is_an_account_or_not(user, stranger):
    team = shared(user)

    there = invited(team, "stranger@example.org")
    nobody = invited(team, "Nobody@Example.org")

    assert (there.state, there.role) == (nobody.state, nobody.role)
    assert nobody.email == "nobody@example.org"


def test_whoever_gets_an_account_later_finds_the_invitation(user, django_user_model):
    invited(shared(user), "later@example.org")

    later = django_user_model.objects.create_user("later@example.org", "correct horse 9")

    assert invitations_to(user=confirmed(later)).count() == 1


def test_an_address_that_is_not_confirmed_gets_nothing_where_mail_is_sent(user, third, settings):
    invited(shared(user), third.email)
    assert not invitations_to(user=third).exists()

    settings.FACEVERIFY_SENDS_MAIL = False  # then none can be confirmed

    assert invitations_to(user=third).exists()


def test_the_mail_goes_to_the_address_and_names_gallery_and_inviter(
    owner, user, django_capture_on_commit_callbacks
):
    team = shared(user, "Door")

    with django_capture_on_commit_callbacks(execute=True):
        owner.post(f"/galleries/{team.pk}/members/", {"email": "new@example.org", "role": "viewer"})

    (sent,) = mail.outbox
    assert sent.to == ["new@example.org"]
    assert "Door" in sent.body
    assert "owner@example.org" in sent.body
    assert "/galleries/shared/" in sent.body


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [
        ("nobody", "viewer", "email"),
        ("", "viewer", "email"),
        ("new@example.org", "king", "role"),
        ("owner@example.org", "viewer", "email"),
        ("STRANGER@example.org", "viewer", "email"),  # a member already
    ],
)
def test_a_bad_invitation_says_what_is_wrong(user, stranger, email, role, field):
    team = shared(user)
    member(team, stranger)

    with pytest.raises(ValidationError) as refused:
        invited(team, email, role)

    assert list(refused.value.message_dict) == [field]


def test_there_are_not_more_members_than_the_most(user, monkeypatch):
    monkeypatch.setattr(services, "MOST_MEMBERS", 2)
    team = shared(user)
    invited(team, "one@example.org")
    invited(team, "two@example.org")
    invited(team, "two@example.org")  # in place of the one before

    with pytest.raises(ValidationError, match="at most 2 members"):
        invited(team, "three@example.org")


def test_a_new_invitation_takes_the_place_of_the_one_before(user, stranger):
    team = shared(user)
    before = invited(team, role="owner")

    invited(team, role="viewer")

    with pytest.raises(ActionNotAllowed):
        services.invitation_accept(invitation=before, user=stranger)
    assert invitations_to(user=stranger).get().role == "viewer"


def test_an_invitation_to_another_address_cannot_be_found_or_accepted(user, stranger):
    invitation = invited(shared(user), "third@example.org")

    with pytest.raises(Http404):
        invitation_get(user=stranger, id=invitation.pk)
    with pytest.raises(ActionNotAllowed):
        services.invitation_accept(invitation=invitation, user=stranger)
    assert not Membership.objects.exists()


def expired(invitation):
    GalleryInvitation.objects.filter(pk=invitation.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )


def withdrawn(invitation):
    services.invitation_withdraw(invitation=invitation, by=invitation.gallery.owner)


def declined(invitation):
    services.invitation_decline(
        invitation=invitation, user=User.objects.get(email="stranger@example.org")
    )


def gone(invitation):
    invitation.gallery.delete()


@pytest.mark.parametrize("ended", [expired, withdrawn, declined, gone])
def test_an_invitation_that_has_ended_lets_nobody_in(user, stranger, ended):
    invitation = invited(shared(user))
    ended(invitation)

    with pytest.raises(ActionNotAllowed):
        services.invitation_accept(invitation=invitation, user=stranger)

    assert not Membership.objects.exists()


def test_an_invitation_of_somebody_who_is_no_owner_any_more_lets_nobody_in(user, stranger, third):
    team = shared(user)
    member(team, third, "owner")
    invitation = services.invite(gallery=team, by=third, email=stranger.email, role="owner")

    services.member_set_role(gallery=team, user_id=third.pk, role="editor", by=user)

    with pytest.raises(ActionNotAllowed):
        services.invitation_accept(invitation=invitation, user=stranger)
    assert not galleries_for(stranger).filter(pk=team.pk).exists()


def test_accepting_twice_is_refused_and_changes_nothing(user, stranger):
    invitation = invited(shared(user))
    services.invitation_accept(invitation=invitation, user=stranger)

    with pytest.raises(ActionNotAllowed):
        services.invitation_accept(invitation=invitation, user=stranger)

    assert Membership.objects.get().role == "editor"


@pytest.mark.parametrize("role", ["viewer", "reviewer", "editor"])
def test_only_owners_change_who_uses_a_gallery(user, stranger, third, role):
    team = shared(user)
    member(team, stranger, role)
    member(team, third, "viewer")
    invitation = invited(team, "new@example.org")

    for act in (
        lambda: services.invite(gallery=team, by=stranger, email="x@example.org", role="viewer"),
        lambda: services.invitation_withdraw(invitation=invitation, by=stranger),
        lambda: services.member_set_role(
            gallery=team, user_id=stranger.pk, role="owner", by=stranger
        ),
        lambda: services.member_remove(gallery=team, user_id=third.pk, by=stranger),
        lambda: services.member_agree(gallery=team, user=stranger, takes_over=True),
    ):
        with pytest.raises(ActionNotAllowed):
            act()

    assert set(Membership.objects.values_list("user", "role")) == {
        (stranger.pk, role),
        (third.pk, "viewer"),
    }


def test_the_account_that_a_gallery_belongs_to_can_neither_leave_nor_be_removed(user, stranger):
    team = shared(user)
    member(team, stranger, "owner")

    for by in (user, stranger):
        with pytest.raises(ActionNotAllowed, match="hand it over"):
            services.member_remove(gallery=team, user_id=user.pk, by=by)
    with pytest.raises(ActionNotAllowed):
        services.member_set_role(gallery=team, user_id=user.pk, role="viewer", by=stranger)

    assert gallery_for(user, team.pk, "owner") == team


def test_an_owner_made_less_does_not_take_the_gallery_over(user, stranger):
    team = shared(user)
    member(team, stranger, "owner", takes_over=True)

    services.member_set_role(gallery=team, user_id=stranger.pk, role="editor", by=user)

    assert not Membership.objects.get().takes_over


def test_what_happens_stands_in_the_logs_of_all_whom_it_concerns_without_addresses(
    user, stranger, third
):
    team = shared(user)
    member(team, third, "owner")
    member(team, stranger, "viewer")
    services.member_set_role(gallery=team, user_id=stranger.pk, role="editor", by=third)
    services.member_remove(gallery=team, user_id=stranger.pk, by=third)

    noted = told(kind="team")

    for action in ("team.role", "team.left"):
        found = [each for each in noted if each.action == action]
        assert {each.account for each in found} == {user.pk, stranger.pk, third.pk}
        assert {each.actor for each in found} == {third.pk}
        assert len(found) == 3
    assert "example.org" not in str([each.says() for each in noted])
