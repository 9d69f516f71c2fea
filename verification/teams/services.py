"""Writes of teams: inviting, accepting, changing roles, leaving, handing over.

Everybody who changes who may use a gallery locks its row first: what is asked of roles still holds
when the change is written. A gallery always has an owner, for only handing it over changes that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from allauth.core import context as current
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.links import absolute
from accounts.models import User

from ..gallery.access import role_of
from ..gallery.gallery_models import Gallery, Role
from ..gallery.membership_models import Membership
from ..jobs.services import ActionNotAllowed
from .ending import end_access, end_writing
from .models import GalleryInvitation
from .selectors import addresses_of, open_invitations

INVITATION_DAYS = 14
MOST_MEMBERS = 100  # of a gallery, invitations that are open included

State = GalleryInvitation.State

NOT_OWNER = gettext_lazy("Only an owner of this gallery may do that.")
NO_MEMBER = gettext_lazy("This account is not a member of the gallery any more.")
INVITATION_OVER = gettext_lazy(
    "This invitation cannot be accepted any more: it was withdrawn, answered, or has expired."
)
BELONGS = gettext_lazy(
    "The gallery belongs to this account: hand it over to another owner first, or delete it."
)


@contextmanager
def team_locked(gallery_id: UUID) -> Iterator[Gallery]:
    """A transaction that changes alone who may use a gallery. Raises ActionNotAllowed when the gallery
    is gone."""
    with transaction.atomic():
        rows = Gallery.objects.select_for_update(no_key=True).filter(pk=gallery_id)
        gallery = rows.first()
        if gallery is None:
            raise ActionNotAllowed(gettext("This gallery is gone."))
        yield gallery


def invite(*, gallery: Gallery, by: User, email: str, role: str) -> GalleryInvitation:
    """Invite whoever has an address, in place of an earlier invitation that is open; a mail tells them,
    where the site sends any. The answer is the same whether there is an account or not.

    Raises ActionNotAllowed when `by` is no owner, ValidationError (a dict by field).
    """
    email = email.strip().lower()
    _check_invitation(email, role)
    with team_locked(gallery.pk) as locked:
        _owners_only(locked, by)
        _check_number(locked, email)
        earlier = GalleryInvitation.objects.filter(gallery=locked, email=email, state=State.OPEN)
        earlier.update(state=State.WITHDRAWN)
        invitation = GalleryInvitation.objects.create(
            gallery=locked,
            email=email,
            role=role,
            invited_by=by,
            expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
        )
        _record(Action.TEAM_INVITED, locked, by.pk, role=role, invitation=invitation.pk)
        _mail_later(invitation)
    return invitation


def invitation_withdraw(*, invitation: GalleryInvitation, by: User) -> None:
    """Raises ActionNotAllowed when `by` is no owner, or when it was answered meanwhile."""
    with team_locked(invitation.gallery_id) as gallery:
        _owners_only(gallery, by)
        _answer(invitation, State.WITHDRAWN)
        _record(
            Action.TEAM_INVITATION_ENDED, gallery, by.pk, how="withdrawn", invitation=invitation.pk
        )


def invitation_decline(*, invitation: GalleryInvitation, user: User) -> None:
    """Raises ActionNotAllowed when it has ended."""
    with team_locked(invitation.gallery_id) as gallery:
        _answer(invitation, State.DECLINED, to=user)
        _record(
            Action.TEAM_INVITATION_ENDED, gallery, user.pk, how="declined", invitation=invitation.pk
        )


def invitation_accept(
    *, invitation: GalleryInvitation, user: User, takes_over: bool = False
) -> Membership | None:
    """Become a member; None for whom the gallery has become their own meanwhile.

    A member keeps the better of two roles. `takes_over`: an owner agrees to take the gallery over. Raises
    ActionNotAllowed when the invitation has ended, or its inviter is no owner any more.
    """
    with team_locked(invitation.gallery_id) as gallery:
        role = _answer(invitation, State.ACCEPTED, to=user).role
        if gallery.owner_id == user.pk:
            return None
        if role_of(user=invitation.invited_by, gallery=gallery) != Role.OWNER:
            raise ActionNotAllowed(INVITATION_OVER)
        member, new = Membership.objects.get_or_create(
            gallery=gallery, user=user, defaults={"role": role}
        )
        if not new and member.role not in Role.at_least(role):
            member.role = role
        member.takes_over = member.role == Role.OWNER and (takes_over or member.takes_over)
        member.save()
        _record(Action.TEAM_JOINED, gallery, user.pk, member=user.pk, role=member.role)
    return member


def member_set_role(*, gallery: Gallery, user_id: UUID, role: str, by: User) -> Membership:
    """Give a member another role. What they have under way and may not do any more ends.

    Raises ActionNotAllowed when `by` is no owner or there is no such member, ValidationError for an
    unknown role.
    """
    _check_role(role)
    with team_locked(gallery.pk) as locked:
        _owners_only(locked, by)
        member = _member(locked, user_id)
        if member.role == role:
            return member
        member.role = role
        member.takes_over = member.takes_over and role == Role.OWNER
        member.save()
        if role not in Role.at_least(Role.EDITOR):
            end_writing(gallery=locked, user_id=user_id)
        if role != Role.OWNER:
            _withdraw_all(locked, by=user_id)
        _record(Action.TEAM_ROLE, locked, by.pk, member=user_id, role=role)
    return member


def member_agree(*, gallery: Gallery, user: User, takes_over: bool) -> Membership:
    """Agree to take the gallery over when its owner closes their account, or take that back. Raises
    ActionNotAllowed for whoever is not a member with the role owner."""
    with team_locked(gallery.pk) as locked:
        member = _member(locked, user.pk)
        if member.role != Role.OWNER:
            raise ActionNotAllowed(NOT_OWNER)
        member.takes_over = takes_over
        member.save(update_fields=["takes_over"])
        _record(
            Action.TEAM_ROLE,
            locked,
            user.pk,
            member=user.pk,
            role=member.role,
            takes_over=takes_over,
        )
    return member


def member_remove(*, gallery: Gallery, user_id: UUID, by: User) -> None:
    """Take a member's access away, at once and whatever is under way; members may do it themselves.

    Raises ActionNotAllowed when `by` is neither an owner nor the member, when there is no such member,
    or for the account to which the gallery belongs.
    """
    with team_locked(gallery.pk) as locked:
        if locked.owner_id == user_id:
            raise ActionNotAllowed(BELONGS)
        if by.pk != user_id:
            _owners_only(locked, by)
        _member(locked, user_id)
        _remove(locked, user_id, by=by.pk)


def memberships_end(*, user: User) -> int:
    """Leave every gallery of others, because the account is closed; how many."""
    galleries = Gallery.objects.filter(memberships__user=user).order_by("pk")
    left = 0
    for pk in list(galleries.values_list("pk", flat=True)):
        with team_locked(pk) as gallery:
            if Membership.objects.filter(gallery=gallery, user=user).exists():
                _remove(gallery, user.pk, by=user.pk)
                left += 1
    return left


def _remove(gallery: Gallery, user_id: UUID, *, by: UUID) -> None:
    end_access(gallery=gallery, user_id=user_id)
    _withdraw_all(gallery, by=user_id)
    _record(Action.TEAM_LEFT, gallery, by, member=user_id)


def _withdraw_all(gallery: Gallery, *, by: UUID) -> None:
    """Who is no owner any more has nobody invited."""
    made = GalleryInvitation.objects.filter(gallery=gallery, invited_by=by, state=State.OPEN)
    made.update(state=State.WITHDRAWN)


def _answer(
    invitation: GalleryInvitation, state: str, *, to: User | None = None
) -> GalleryInvitation:
    """End an open invitation once; the row. `to`: whose address it has to be for."""
    rows = open_invitations().filter(pk=invitation.pk)
    if to is not None:
        rows = rows.filter(email__in=addresses_of(to))
    if not rows.update(state=state):
        raise ActionNotAllowed(INVITATION_OVER)
    return GalleryInvitation.objects.get(pk=invitation.pk)


def _member(gallery: Gallery, user_id: UUID) -> Membership:
    rows = Membership.objects.select_for_update()
    member = rows.filter(gallery=gallery, user=user_id).first()
    if member is None:
        raise ActionNotAllowed(NO_MEMBER)
    return member


def _owners_only(gallery: Gallery, by: User) -> None:
    if role_of(user=by, gallery=gallery) != Role.OWNER:
        raise ActionNotAllowed(NOT_OWNER)


def _check_role(role: str) -> None:
    if role not in Role.values:
        raise ValidationError(
            {"role": gettext("Choose one of %(values)s.") % {"values": ", ".join(Role.values)}}
        )


def _check_invitation(email: str, role: str) -> None:
    _check_role(role)
    try:
        validate_email(email)
    except ValidationError:
        raise ValidationError({"email": gettext("This is not an email address.")}) from None


def _check_number(gallery: Gallery, email: str) -> None:
    members = Membership.objects.filter(gallery=gallery)
    # Of members the page tells the address; of nobody else is anything said.
    same = members.filter(user__email=email).exists() or gallery.owner.email.lower() == email
    if same:
        raise ValidationError(
            {"email": gettext("This account uses the gallery already: see the list of members.")}
        )
    waiting = open_invitations().filter(gallery=gallery).exclude(email=email)
    if members.count() + waiting.count() >= MOST_MEMBERS:
        raise ValidationError(
            {
                "email": gettext("A gallery can have at most %(most)s members.")
                % {"most": MOST_MEMBERS}
            }
        )


def _record(action: Action, gallery: Gallery, by: UUID, **detail: Any) -> None:
    """In the owner's log, that of the member, and that of whoever does it."""
    for account in sorted({gallery.owner_id, detail.get("member", by), by}):
        record(action=action, account=account, actor=by, object=gallery, **detail)


def _mail_later(invitation: GalleryInvitation) -> None:
    """To whoever has the address, with an account or without, once the invitation is stored."""
    request = current.request
    if request is None:
        return  # a command of the operator's

    def send() -> None:
        context = {
            "invitation": invitation,
            "gallery": invitation.gallery,
            "inviter": invitation.invited_by,
            "link": absolute(reverse("teams")),
        }
        with current.request_context(request):
            get_adapter().send_mail("account/email/gallery_invitation", invitation.email, context)

    transaction.on_commit(send)
