"""Who may see and change what: every read and write of galleries, people and anchors begins here.

A key that is bound to one gallery sees nothing but that one, see `accounts.authentication`.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext, gettext_lazy

from accounts.audit import context
from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User
from faceverify.api.errors import RoleTooLow

from .gallery_models import Gallery, Role
from .membership_models import Membership
from .models import Anchor, Change, Person

ONLY_OWNER = gettext_lazy("Only the account that this gallery belongs to can do that.")
ROLE_TOO_LOW = gettext_lazy(
    "Your role in this gallery does not allow this. Ask one of its owners for another role."
)


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
    """The condition that a gallery is the user's own, or shared with the user in that role."""
    shared = Membership.objects.filter(user=user, role__in=Role.at_least(role))
    return Q(owner=user) | Q(pk__in=shared.order_by().values("gallery"))


def role_of(*, user: User, gallery: Gallery) -> str | None:
    """The user's role in a gallery; None: none, and the gallery cannot be seen."""
    if gallery.owner_id == user.pk:
        return Role.OWNER.value
    rows = Membership.objects.filter(gallery=gallery, user=user).order_by()
    return rows.values_list("role", flat=True).first()


def acting_needs(role: str, rows: "Iterable[Person | Anchor | Gallery]") -> None:
    """In a transaction that changes these rows: whoever sent the request under way has the role in
    their galleries, and keeps it until the transaction ends. That somebody else than the account they
    belong to changes them is written into both logs. Raises RoleTooLow.

    Outside of a request, in a worker or a command, nobody is asked.
    """
    acting = context.current()
    if acting is None or acting.user is None:
        return
    others = [row for row in rows if row.owner_id != acting.user]
    for gallery in sorted({_gallery_of(row) for row in others}):
        # Whoever changes roles holds this lock as well.
        Gallery.objects.select_for_update(no_key=True).filter(pk=gallery).values_list("pk").first()
        roles = Role.at_least(role)
        held = Membership.objects.filter(gallery=gallery, user=acting.user, role__in=roles)
        if not held.exists():
            raise RoleTooLow(ROLE_TOO_LOW)
    for row in others:
        record(action=Action.CHANGED, object=row)


def _gallery_of(row: Person | Anchor | Gallery) -> UUID:
    return row.pk if isinstance(row, Gallery) else row.gallery_id


def acting_owns(gallery: Gallery) -> None:
    """Whoever sent the request under way is the account that a gallery belongs to. Raises
    RoleTooLow; outside of a request nobody is asked."""
    acting = context.current()
    if acting is not None and acting.user not in (None, gallery.owner_id):
        raise RoleTooLow(ONLY_OWNER)


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
