"""Writes of invitations."""

import secrets
from datetime import timedelta
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from accounts.administrators import administrator_exists, administrator_make
from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.links import invitation_link
from accounts.models import User
from accounts.services import digest_of

from .models import Invitation, InvitationUse

MAX_DAYS = 90
MAX_USES = 1000
KEPT = timedelta(days=90)  # after its end, so that it can be seen who came in by it


class InvitationNotValid(Exception):
    """It cannot be used: `state` is used, expired, revoked, void (there is an administrator) or
    other_address."""

    def __init__(self, state: str):
        super().__init__(state)
        self.state = state


def invitation_create(
    *,
    invited_by: User | None,
    email: str = "",
    staff: bool = False,
    uses: int = 1,
    days: float = 7,
) -> tuple[Invitation, str]:
    """A new invitation and the token of its link, which is not stored and cannot be shown again.

    Raises ValidationError (a dict by field): a bad address, one with an account, too many uses or
    days, or a site whose sign-up is closed.
    """
    errors = {}
    email = email.strip().lower()
    if settings.FACEVERIFY_SIGN_UP == "closed":
        raise ValidationError(
            gettext(
                "Sign-up is closed (FACEVERIFY_SIGN_UP=closed), so nobody could accept an invitation."
            )
        )
    if email:
        try:
            validate_email(email)
        except ValidationError:
            errors["email"] = gettext("This is not an email address.")
        else:
            if User.objects.filter(email__iexact=email).exists():
                errors["email"] = gettext("There is already an account with this address.")
        if uses != 1:
            errors["uses"] = gettext("An invitation for one address can be used once.")
    if not 1 <= uses <= MAX_USES:
        errors["uses"] = gettext("Choose a number from 1 to %(most)s.") % {"most": MAX_USES}
    if not 0 < days <= MAX_DAYS:
        errors["days"] = gettext("Choose a number of days up to %(most)s.") % {"most": MAX_DAYS}
    if errors:
        raise ValidationError(errors)
    Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
    return _create(invited_by=invited_by, email=email, staff=staff, uses=uses, days=days)


def first_administrator_invite() -> str | None:
    """The token of a link that makes the first administrator, valid for a day; links of before stop
    working. None where there is an administrator."""
    if administrator_exists():
        return None
    Invitation.objects.filter(first_administrator=True).delete()
    return _create(staff=True, first_administrator=True, days=1)[1]


def invitation_mail(*, invitation: Invitation, token: str) -> bool:
    """Send the link to the invitation's address; whether that worked. Then keep the token from
    everybody else: opening the link will count as a proof of the address."""
    context = {"link": invitation_link(token), "invitation": invitation}
    if not get_adapter().send_mail("account/email/invitation", invitation.email, context):
        return False
    Invitation.objects.filter(pk=invitation.pk).update(mailed_at=timezone.now())
    invitation.refresh_from_db()
    return True


def invitation_revoke(*, invitation: Invitation) -> Invitation:
    """End an invitation now; revoking it again keeps the first time."""
    with transaction.atomic():
        valid = Invitation.objects.filter(pk=invitation.pk, revoked_at=None)
        if valid.update(revoked_at=timezone.now()):
            record(action=Action.INVITATION_REVOKED, object=invitation)
    invitation.refresh_from_db()
    return invitation


def invitation_use(*, id: UUID, user: User) -> None:
    """Let a user, new or not, in by an invitation, and make them an administrator if it says so.

    Call it in the transaction that makes the user: of two who use the last place at the same
    moment, one gets in, and the account of the other is not made. Raises InvitationNotValid.
    """
    with transaction.atomic():
        left = Invitation.objects.filter(
            pk=id, revoked_at=None, expires_at__gt=timezone.now(), used__lt=F("uses")
        ).update(used=F("used") + 1)
        invitation = Invitation.objects.filter(pk=id).first()
        if invitation is None:
            raise InvitationNotValid("revoked")
        if not left:
            raise InvitationNotValid(invitation.state)
        if invitation.first_administrator and administrator_exists():
            raise InvitationNotValid("void")
        if invitation.email and invitation.email != user.email.lower():
            raise InvitationNotValid("other_address")
        InvitationUse.objects.create(invitation=invitation, user=user)
        record(action=Action.INVITATION_USED, account=user.pk, object=invitation)
        if invitation.staff:
            administrator_make(user=user)


def _create(*, days: float, **fields) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    ends = timezone.now() + timedelta(days=days)
    with transaction.atomic():
        invitation = Invitation.objects.create(digest=digest_of(token), expires_at=ends, **fields)
        record(
            action=Action.INVITED, object=invitation, staff=invitation.staff, uses=invitation.uses
        )
    return invitation, token
