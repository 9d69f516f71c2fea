"""A gallery gets another owner: handed over by its owner, or because the owner closes the account.

People are locked before their gallery, as everywhere, and galleries before accounts.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy

from accounts.audit.actions import Action
from accounts.audit.services import record
from accounts.models import User

from ..calibration.models import GalleryCalibration
from ..gallery.gallery_models import Gallery, Role
from ..gallery.locks import lock
from ..gallery.membership_models import Membership
from ..gallery.models import Anchor, Change, Person, Suggestion
from ..jobs.services import ActionNotAllowed
from ..jobs.storage import check_room
from .ending import end_access
from .models import GalleryInvitation
from .services import NO_MEMBER, memberships_end

NOT_YOURS = gettext_lazy("Only the account to which the gallery belongs can hand it over.")
CLOSED = gettext_lazy("This account is closed or not active.")
SAME_ID = gettext_lazy(
    "This account has a gallery with the same external id: change it here or there first."
)


def gallery_hand_over(*, gallery: Gallery, to: User, by: User) -> Gallery:
    """Give a gallery to a member who is an owner: its people and photos count with that account from now
    on, and its rules hold. `by` becomes a member with the role owner.

    Raises ActionNotAllowed when `by` is not the account it belongs to, `to` no owner of it or not active,
    or has a gallery with the same external id; QuotaExceeded when there is no room for the photos.
    """
    with transaction.atomic():
        (locked,) = _locked([gallery.pk]) or (None,)
        if locked is None or locked.owner_id != by.pk:
            raise ActionNotAllowed(NOT_YOURS)
        _check_taker(locked, to)
        _give(locked, to)
        Membership.objects.create(gallery=locked, user=by, role=Role.OWNER)
        _record(locked, by.pk)
    return locked


def galleries_give_up(*, owner: User) -> None:
    """Let the galleries of an account that is being closed go to owners who agreed to take them over, the
    first who did; the rest is nobody's but the account's again, to be erased with it. The account leaves
    those of others.

    To be called in the transaction that closes the account, before anything else is locked in it.
    """
    mine = Gallery.objects.filter(owner=owner, memberships__isnull=False)
    takers = dict(_takers(mine.values_list("pk", flat=True)))
    others = Gallery.objects.filter(memberships__user=owner).values_list("pk", flat=True)
    locked = _locked(takers.keys(), also=others)
    memberships_end(user=owner)
    accounts = {owner.pk, *takers.values()}
    users = User.objects.select_for_update(no_key=True).filter(pk__in=accounts).order_by("pk")
    there = {user.pk: user for user in users}
    for gallery in locked:
        # What was agreed to may have been taken back until the gallery was locked.
        for taker_id in dict(_takers([gallery.pk])).values():
            if gallery.owner_id == owner.pk and (taker := there.get(taker_id)):
                _give(gallery, taker)
                _record(gallery, owner.pk)
    for gallery in Gallery.objects.filter(owner=owner).order_by("pk"):
        for user_id in gallery.memberships.values_list("user", flat=True):
            end_access(gallery=gallery, user_id=user_id)
            record(
                action=Action.TEAM_LEFT,
                account=user_id,
                actor=owner.pk,
                object=gallery,
                member=user_id,
            )
        GalleryInvitation.objects.filter(gallery=gallery).delete()


def galleries_shared_by(*, owner: User) -> list[tuple[Gallery, User | None]]:
    """The galleries of an account that others use too, each with who gets it when the account is closed;
    None: nobody has agreed, it is erased."""
    shared = Gallery.objects.filter(owner=owner, memberships__isnull=False).distinct()
    takers = dict(_takers(shared.values_list("pk", flat=True)))
    users = User.objects.in_bulk(set(takers.values()))
    return [
        (gallery, users.get(takers[gallery.pk]) if gallery.pk in takers else None)
        for gallery in shared
    ]


def _takers(galleries: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """(gallery, account) of who takes each of these over; the first who joined comes last, and so wins
    in a dict."""
    agreed = Membership.objects.filter(
        gallery__in=list(galleries), takes_over=True, role=Role.OWNER, user__is_active=True
    )
    return list(agreed.order_by("-created_at", "-id").values_list("gallery_id", "user_id"))


def _locked(galleries: Iterable[UUID], also: Iterable[UUID] = ()) -> list[Gallery]:
    """Those of these galleries that are there, locked with all their people; `also`: further galleries to
    be locked with them, in one order, so that nobody waits in a circle."""
    ids = list(galleries)
    people = Person.objects.filter(gallery__in=ids).order_by()
    lock(*people.values_list("pk", flat=True))
    rows = Gallery.objects.select_for_update(no_key=True).filter(pk__in=[*ids, *also])
    return [gallery for gallery in rows.order_by("pk") if gallery.pk in set(ids)]


def _check_taker(gallery: Gallery, to: User) -> None:
    user = User.objects.select_for_update(no_key=True).filter(pk=to.pk).first()
    if user is None or not user.is_active:
        raise ActionNotAllowed(CLOSED)
    if not Membership.objects.filter(gallery=gallery, user=to, role=Role.OWNER).exists():
        raise ActionNotAllowed(NO_MEMBER)
    if _has_external_id(to, gallery.external_id):
        raise ActionNotAllowed(SAME_ID)
    photos = Anchor.all_objects.filter(gallery=gallery)
    sizes = photos.aggregate(images=Sum("image_bytes"), crops=Sum("crop_bytes"))
    check_room(owner_id=to.pk, adding=sum(size or 0 for size in sizes.values()) or 1)


def _has_external_id(user: User, external_id: str) -> bool:
    return bool(external_id) and user.galleries.filter(external_id=external_id).exists()


def _give(gallery: Gallery, to: User) -> None:
    """Of a gallery that is locked. Files stay where they are."""
    gallery.name = gallery.called
    gallery.is_default = False
    if _has_external_id(to, gallery.external_id):
        gallery.external_id = ""
    gallery.owner = to
    gallery.save(update_fields=["name", "is_default", "external_id", "owner"])
    for rows in (
        Person.all_objects.filter(gallery=gallery),
        Anchor.all_objects.filter(gallery=gallery),
        Change.objects.filter(gallery=gallery),
        GalleryCalibration.objects.filter(gallery=gallery),
        Suggestion.objects.filter(first__gallery=gallery),
    ):
        rows.update(owner=to)
    Gallery.raise_of([gallery.pk])
    Membership.objects.filter(gallery=gallery, user=to).delete()


def _record(gallery: Gallery, by: UUID) -> None:
    """In both logs; `gallery` has its new owner."""
    for account in (by, gallery.owner_id):
        record(
            action=Action.TEAM_HANDED_OVER,
            account=account,
            actor=by,
            object=gallery,
            member=gallery.owner_id,
        )
