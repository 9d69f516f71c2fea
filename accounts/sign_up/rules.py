"""Who may create an account."""

from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext

from accounts.invitations import selectors, services
from accounts.invitations.models import Invitation
from accounts.invitations.pages import not_valid
from accounts.models import User


def may_sign_up(request: HttpRequest | None) -> bool:
    if settings.FACEVERIFY_SIGN_UP == "open":
        return True
    return selectors.invitation_opened(request) is not None


def check_address(address: str, invitation: Invitation | None) -> None:
    """Raises ValidationError if nobody may sign up with this address. An address that was invited
    may have any domain."""
    if invitation is not None and invitation.email:
        if address.lower() != invitation.email:
            raise ValidationError(
                gettext("The invitation is for %(email)s.") % {"email": invitation.email}
            )
        return
    if not is_of_an_allowed_domain(address):
        allowed = ", ".join(settings.FACEVERIFY_SIGN_UP_DOMAINS)
        raise ValidationError(
            gettext("Use an address of one of these domains: %(allowed)s.") % {"allowed": allowed}
        )


def is_of_an_allowed_domain(address: str) -> bool:
    """Subdomains do not count."""
    allowed = settings.FACEVERIFY_SIGN_UP_DOMAINS
    return not allowed or address.rpartition("@")[2].lower() in allowed


def use_invitation(request: HttpRequest, user: User) -> None:
    """Use the invitation that was opened in this browser, if there is one, for a new user, in the
    transaction that makes the user.

    Raises ImmediateHttpResponse with a page if it no longer can be used.
    """
    id = request.session.get(selectors.SESSION)
    if not id:
        return
    try:
        services.invitation_use(id=id, user=user)
    except services.InvitationNotValid as error:
        del request.session[selectors.SESSION]
        raise ImmediateHttpResponse(not_valid(request, error.state)) from None
    del request.session[selectors.SESSION]
