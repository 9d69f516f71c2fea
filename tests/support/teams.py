"""Galleries that are shared, for tests."""

from allauth.account.models import EmailAddress

from accounts.models import User
from verification.gallery.gallery_models import Gallery
from verification.gallery.membership_models import Membership
from verification.teams import services
from verification.teams.selectors import invitations_to


def shared(owner: User, name: str = "Team") -> Gallery:
    """A gallery of the owner's besides the default one."""
    return Gallery.objects.create(owner=owner, name=name)


def confirmed(user: User) -> User:
    """With an address that is known to be theirs."""
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    return user


def member(gallery: Gallery, user: User, role: str = "viewer", **agreed: bool) -> Membership:
    """A member who was invited and has accepted."""
    confirmed(user)
    services.invite(gallery=gallery, by=gallery.owner, email=user.email, role=role)
    invitation = invitations_to(user=user).get(gallery=gallery)
    found = services.invitation_accept(invitation=invitation, user=user, **agreed)
    assert found is not None
    return found
