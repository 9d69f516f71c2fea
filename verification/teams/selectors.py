"""Reads: members, and invitations that are open."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.models import User

from ..gallery.gallery_models import Gallery
from ..gallery.membership_models import Membership
from .models import GalleryInvitation


def member_list(*, gallery: Gallery) -> QuerySet[Membership]:
    """Those besides the gallery's owner, with their users, the oldest membership first."""
    return Membership.objects.filter(gallery=gallery).select_related("user")


def memberships_of(*, user: User) -> QuerySet[Membership]:
    """The galleries of others that a user is a member of, with their owners."""
    rows = Membership.objects.filter(user=user).select_related("gallery__owner")
    return rows.order_by("gallery__name", "gallery_id")


def open_invitations() -> QuerySet[GalleryInvitation]:
    return GalleryInvitation.objects.filter(
        state=GalleryInvitation.State.OPEN, expires_at__gt=timezone.now()
    )


def invitation_list(*, gallery: Gallery) -> QuerySet[GalleryInvitation]:
    """The open ones of a gallery, newest first."""
    return open_invitations().filter(gallery=gallery)


def invitations_to(*, user: User) -> QuerySet[GalleryInvitation]:
    """The open ones to a user, with gallery and inviter, newest first."""
    found = open_invitations().filter(email__in=addresses_of(user))
    return found.select_related("gallery", "invited_by")


def invitation_get(*, user: User, id) -> GalleryInvitation:
    """One of the open ones to a user; Http404 for anything else."""
    try:
        return invitations_to(user=user).get(pk=id)
    except (GalleryInvitation.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such invitation.") from None


def addresses_of(user: User) -> set[str]:
    """The addresses that are known to be the user's. Where the site sends no mail none can be
    confirmed, and the one that signs in has to do."""
    rows = EmailAddress.objects.filter(user=user, verified=True)
    found = {email.lower() for email in rows.values_list("email", flat=True)}
    return found if settings.FACEVERIFY_SENDS_MAIL else found | {user.email.lower()}
