"""Reads of invitations."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from accounts.administrators import administrator_exists
from accounts.services import digest_of

from .models import Invitation

SESSION = "invitation"  # the id of the one that was opened in this browser


def invitation_list() -> QuerySet[Invitation]:
    """All invitations, newest first, with who made and who used them."""
    return (
        Invitation.objects.filter(first_administrator=False)
        .select_related("invited_by")
        .prefetch_related("used_by__user")
        .order_by("-created_at", "-id")
    )


def invitation_get(*, id) -> Invitation:
    """Http404 for anything else than an invitation's id."""
    try:
        return invitation_list().get(pk=id)
    except (Invitation.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such invitation.") from None


def invitation_find(*, token: str) -> Invitation | None:
    return Invitation.objects.filter(digest=digest_of(token)).first()


def state_now(invitation: Invitation) -> str:
    """The invitation's state, or what the site makes of it: "void" if it would make the first
    administrator and there is one, "closed" if sign-up is."""
    if invitation.first_administrator:
        return "void" if administrator_exists() else invitation.state
    return "closed" if settings.FACEVERIFY_SIGN_UP == "closed" else invitation.state


def invitation_opened(request: HttpRequest | None) -> Invitation | None:
    """The invitation that was opened in this browser, if it can still be used."""
    id = request.session.get(SESSION) if request is not None else None
    invitation = Invitation.objects.filter(pk=id).first() if id else None
    if invitation is None or state_now(invitation) != "open":
        return None
    return invitation
