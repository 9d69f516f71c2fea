"""Who may see and change what: every read and write of galleries, people and anchors begins here.

A key that is bound to one gallery sees nothing but that one, see `accounts.authentication`.
"""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext

from accounts.models import User

from .gallery_models import Gallery, Role
from .models import Anchor, Change, Person


def galleries_for(user: User, role: str = Role.VIEWER) -> QuerySet[Gallery]:
    """The galleries in which the user has the role, or one that may do more."""
    galleries = Gallery.objects.filter(_allowed(user, role))
    if user.bound_gallery is not None:
        return galleries.filter(pk=user.bound_gallery)
    return galleries


def account(id: UUID) -> User:
    """The user of this id as far as this module needs one: nothing is read."""
    return User(pk=id)


def _allowed(user: User, role: str) -> Q:
    """The condition that a gallery is the user's own."""
    return Q(owner=user)


def gallery_for(user: User, id: UUID | str, role: str = Role.VIEWER) -> Gallery:
    """One of `galleries_for`; Http404 for anything else."""
    try:
        return galleries_for(user, role).get(pk=id)
    except (Gallery.DoesNotExist, ValidationError, ValueError):
        raise Http404(gettext("There is no such gallery.")) from None


def default_gallery(user: User) -> Gallery:
    """Where the user's people go and where searches look unless a gallery is named: the default one,
    or the one that the key is bound to. Http404 when that one is gone."""
    if user.bound_gallery is not None:
        return gallery_for(user, user.bound_gallery)
    return Gallery.default_of(user.pk)


def chosen_gallery(user: User, id: UUID | str | None, role: str = Role.VIEWER) -> Gallery:
    """The gallery of this id, or without one `default_gallery`. Raises Http404."""
    return gallery_for(user, id, role) if id else default_gallery(user)


def people_for(user: User, role: str = Role.VIEWER) -> QuerySet[Person]:
    """The people of all galleries in which the user has the role."""
    return Person.objects.filter(gallery__in=galleries_for(user, role))


def anchors_for(user: User, role: str = Role.VIEWER) -> QuerySet[Anchor]:
    """The anchors of all galleries in which the user has the role, those without a person too."""
    return Anchor.objects.filter(gallery__in=galleries_for(user, role))


def changes_for(user: User, role: str = Role.EDITOR) -> QuerySet[Change]:
    """The changes of all galleries in which the user has the role."""
    return Change.objects.filter(gallery__in=galleries_for(user, role))
