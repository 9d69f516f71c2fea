"""Reads, always scoped to an owner."""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import (
    Count,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from PIL import Image

from accounts.models import User

from ..photos.storage import read_or_404
from ..text.folding import holds
from .access import anchors_for, changes_for, galleries_for, people_for
from .gallery_models import Gallery, Role
from .membership_models import Membership
from .models import Anchor, Change, Person, Suggestion
from .rows import TIED
from .tag_models import PersonTag

IMAGES = ("image", "crop")


# By what a list of people can be sorted, in words.
SORTS = {
    "name": gettext_lazy("Name"),
    "newest": gettext_lazy("Newest first"),
    "photos": gettext_lazy("Most photos"),
    "quality": gettext_lazy("Best photos"),
    "seen": gettext_lazy("Last seen"),
}


def person_list(
    *,
    owner: User,
    gallery: Gallery | None = None,
    role: str = Role.VIEWER,
    q: str = "",
    tag: str = "",
    sort: str = "name",
) -> QuerySet[Person]:
    """The people of a gallery, or of all in which the user has the role, in the order of SORTS that
    `sort` names; `q` is searched in name and note, `tag` is a whole tag."""
    people = _people_in(owner, gallery, role)
    if q:
        people = people.filter(holds(Person, q))
    if tag:
        tagged = PersonTag.objects.filter(tag=tag)
        if gallery is not None:
            tagged = tagged.filter(gallery=gallery)
        people = people.filter(pk__in=tagged.order_by().values("person"))
    return people.order_by(*ORDERS.get(sort, TIED))


ORDERS: dict[str, tuple[str, ...]] = {
    "name": TIED,
    "newest": ("-created_at", "-id"),
    "photos": ("-anchor_count", *TIED),
    "quality": ("-quality", *TIED),
    "seen": ("-seen_at", *TIED),
}


def _people_in(owner: User, gallery: Gallery | None, role: str) -> QuerySet[Person]:
    """The people of a gallery, or of all, in which the user has the role. Where that is one gallery it is
    named by its id: only then do the indexes give them in order."""
    galleries = galleries_for(owner, role)
    if gallery is not None:
        galleries = galleries.filter(pk=gallery.pk)
    first = list(galleries.order_by().values_list("pk", flat=True)[:2])
    if len(first) < 2:
        return (
            Person.objects.filter(gallery__in=first)
            if not first
            else Person.objects.filter(gallery=first[0])
        )
    return Person.objects.filter(gallery__in=galleries)


def with_covers(people: QuerySet[Person]) -> QuerySet[Person]:
    """People with `cover_made_at`, by which a browser asks for another cover anew."""
    return people.annotate(cover_made_at=F("cover__finished_at"))


def person_get(*, owner: User, id: UUID | str, role: str = Role.VIEWER) -> Person:
    """One of the people of the galleries in which the user has the role, `with_covers`; Http404 for
    anything else."""
    try:
        people = with_covers(people_for(owner, role))
        return people.select_related("gallery").get(pk=id)
    except (Person.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such person.") from None


def gallery_list(*, owner: User, role: str = Role.VIEWER) -> QuerySet[Gallery]:
    """The galleries in which the user has the role, with their owners, each with `people_count`,
    `anchor_count` and `role`, the user's."""
    held = Membership.objects.filter(gallery=OuterRef("pk"), user=owner).order_by().values("role")
    galleries = galleries_for(owner, role).select_related("owner")
    return galleries.annotate(
        role=Coalesce(Subquery(held[:1]), Value(Role.OWNER.value)),
        people_count=_number_of(Person.objects.filter(gallery=OuterRef("pk"))),
        anchor_count=_number_of(Anchor.objects.filter(gallery=OuterRef("pk"))),
    )


def has_named_photos(gallery: Gallery) -> bool:
    """Whether there is anybody in it with a photo, whom a search could name."""
    return Anchor.objects.filter(gallery=gallery, person__isnull=False).exists()


def gallery_is_empty(*, gallery: Gallery) -> bool:
    """Whether nobody and no photo is in it, those that can be brought back not counted."""
    people = Person.objects.filter(gallery=gallery)
    return not people.exists() and not Anchor.objects.filter(gallery=gallery).exists()


def _number_of(rows: QuerySet) -> Coalesce:
    counted = rows.order_by().values("gallery").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def tag_list(*, owner: User, gallery: Gallery | None = None) -> list[str]:
    """Every tag in use, in a gallery or in all, sorted."""
    tags = PersonTag.objects.filter(gallery__in=galleries_for(owner))
    if gallery is not None:
        tags = tags.filter(gallery=gallery)
    return sorted(tags.order_by().values_list("tag", flat=True).distinct())


def anchor_list(
    *,
    owner: User,
    person: Person | None = None,
    gallery: Gallery | None = None,
    role: str = Role.VIEWER,
) -> QuerySet[Anchor]:
    """The anchors of a person, of a gallery, or of all galleries in which the user has the role,
    oldest first, without the embeddings."""
    anchors = anchors_for(owner, role).defer("embedding")
    if gallery is not None:
        anchors = anchors.filter(gallery=gallery)
    if person is not None:
        anchors = anchors.filter(person=person)
    return anchors.select_related("person").order_by("created_at", "id")


def nameless_anchor_list(*, owner: User, gallery: Gallery) -> QuerySet[Anchor]:
    """The anchors of a gallery that have no person, newest first, without the embeddings."""
    nameless = anchor_list(owner=owner, gallery=gallery).filter(person=None)
    return nameless.order_by("-created_at", "-id")


def anchor_get(*, owner: User, id: UUID | str, role: str = Role.VIEWER) -> Anchor:
    """One of the anchors of the galleries in which the user has the role; Http404 for anything else."""
    try:
        return anchor_list(owner=owner, role=role).get(pk=id)
    except (Anchor.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such anchor photo.") from None


@dataclass(frozen=True)
class PersonWarnings:
    """`outliers`: anchors that look like somebody else. `same`: suggestions that another person,
    `other`, is this one."""

    outliers: list[Anchor]
    same: list[Suggestion]


def person_warnings(*, owner: User, person: Person) -> PersonWarnings:
    """What looks wrong with a person, in two queries."""
    outliers = anchor_list(owner=owner, person=person).filter(likeness=Anchor.Likeness.OUTLIER)
    same = duplicate_suggestions(owner=owner).filter(Q(first=person) | Q(second=person))
    return PersonWarnings(list(outliers), [suggestion.seen_from(person) for suggestion in same])


def duplicate_suggestions(*, owner: User) -> QuerySet[Suggestion]:
    """Pairs of people who are probably the same, the most alike first, with both people."""
    return (
        Suggestion.objects.filter(
            first__gallery__in=galleries_for(owner),
            second__gallery=F("first__gallery"),
            dismissed_at=None,
            first__deleted_in=None,
            second__deleted_in=None,
        )
        .select_related("first", "second")
        .order_by("-similarity", "id")
    )


def people_suggested(*, owner: User, people: Iterable[Person]) -> set[UUID]:
    """The ids of those of these people who are probably the same as somebody else."""
    ids = [person.pk for person in people]
    pairs = duplicate_suggestions(owner=owner).filter(Q(first__in=ids) | Q(second__in=ids))
    return {pk for pair in pairs.values_list("first_id", "second_id") for pk in pair}


def suggestion_get(*, owner: User, id: UUID | str, role: str = Role.VIEWER) -> Suggestion:
    """One of the owner's suggestions, dismissed or not; Http404 for anything else."""
    try:
        return Suggestion.objects.select_related("first", "second").get(
            first__gallery__in=galleries_for(owner, role),
            pk=id,
            first__deleted_in=None,
            second__deleted_in=None,
        )
    except (Suggestion.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such suggestion.") from None


def change_list(*, owner: User) -> QuerySet[Change]:
    """What the owner can still undo, newest first."""
    since = timezone.now() - timedelta(minutes=settings.FACEVERIFY_UNDO_MINUTES)
    return changes_for(owner).filter(undone_at=None, created_at__gt=since)


def change_get(*, owner: User, id: UUID | str) -> Change:
    """One of the owner's changes, undoable or not; Http404 for anything else."""
    try:
        return changes_for(owner).get(pk=id)
    except (Change.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such change.") from None


def anchor_image_open(*, owner: User, id: UUID | str, which: str) -> bytes:
    """A stored JPEG: `image`, the photo, or `crop`, the aligned face. Http404 for a stranger,
    another name, or a crop that is not made yet."""
    if which not in IMAGES:
        raise Http404("There is no such image.")
    field = getattr(anchor_get(owner=owner, id=id), which)
    return read_or_404(field)


def anchor_photo_size(*, anchor: Anchor) -> tuple[int, int]:
    """(width, height) of a stored photo in pixels, from its header."""
    with Image.open(io.BytesIO(read_or_404(anchor.image))) as photo:
        return photo.size
