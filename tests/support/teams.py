"""Galleries that are shared, for tests."""

from accounts.models import User
from verification.gallery.gallery_models import Gallery
from verification.gallery.membership_models import Membership
from verification.teams import services
from verification.teams.selectors import invitations_to


def shared(owner: User, name: str = "Team") -> Gallery:
    """A gallery of the owner's besides the default one."""
    return Gallery.objects.create(owner=owner, name=name)


def member(gallery: Gallery, user: User, role: str = "viewer", **agreed: bool) -> Membership:
    """A member who was invited and has accepted."""
    services.invite(gallery=gallery, by=gallery.owner, email=user.email, role=role)
    invitation = invitations_to(user=user).get(gallery=gallery)
    found = services.invitation_accept(invitation=invitation, user=user, **agreed)
    assert found is not None
    return found
