"""Reads, always scoped to an owner."""

import io
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from PIL import Image

from ..photos.storage import read_or_404
from .models import Anchor, Change, Person, Suggestion

IMAGES = ("image", "crop")


def person_list(*, owner, q: str = "", tag: str = "") -> QuerySet[Person]:
    """The owner's people by name, each with `anchor_count`, `ready_count`, `unlike_count` (photos
    that look like somebody else) and `cover_made_at`; `q` is looked for in name and note, `tag` is a whole tag."""
    people = Person.objects.filter(owner=owner)
    if q:
        people = people.filter(Q(name__icontains=q) | Q(note__icontains=q))
    if tag:
        people = people.filter(pk__in=_tagged(owner, tag))
    there = Q(anchors__deleted_in=None)
    return people.annotate(
        anchor_count=Count("anchors", filter=there),
        ready_count=Count("anchors", filter=there & Q(anchors__state=Anchor.State.READY)),
        unlike_count=Count("anchors", filter=there & Q(anchors__likeness=Anchor.Likeness.UNLIKE)),
        cover_made_at=F("cover__finished_at"),
    ).order_by("name", "created_at", "id")


def person_get(*, owner, id) -> Person:
    """One of the owner's people, with `anchor_count` and `ready_count`; Http404 for anything else."""
    try:
        return person_list(owner=owner).get(pk=id)
    except (Person.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such person.") from None


def tag_list(*, owner) -> list[str]:
    """Every tag in use, sorted."""
    tags = Person.objects.filter(owner=owner).exclude(tags=[]).values_list("tags", flat=True)
    return sorted({tag for row in tags.order_by() for tag in row})


def anchor_list(*, owner, person: Person | None = None) -> QuerySet[Anchor]:
    """The anchors of a person, or of everyone, oldest first, without the embeddings."""
    anchors = Anchor.objects.filter(owner=owner).defer("embedding")
    if person is not None:
        anchors = anchors.filter(person=person)
    return anchors.select_related("person").order_by("created_at", "id")


def anchor_get(*, owner, id) -> Anchor:
    """One of the owner's anchors; Http404 for anything else."""
    try:
        return anchor_list(owner=owner).get(pk=id)
    except (Anchor.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such anchor photo.") from None


@dataclass(frozen=True)
class PersonWarnings:
    """`unlike`: anchors that look like somebody else. `same`: suggestions that another person,
    `other`, is this one."""

    unlike: list[Anchor]
    same: list[Suggestion]


def person_warnings(*, owner, person: Person) -> PersonWarnings:
    """What looks wrong with a person, in two queries."""
    unlike = anchor_list(owner=owner, person=person).filter(likeness=Anchor.Likeness.UNLIKE)
    same = duplicate_suggestions(owner=owner).filter(Q(first=person) | Q(second=person))
    return PersonWarnings(list(unlike), [suggestion.seen_from(person) for suggestion in same])


def duplicate_suggestions(*, owner) -> QuerySet[Suggestion]:
    """Pairs of people who are probably the same, the most alike first, with both people."""
    return (
        Suggestion.objects.filter(
            owner=owner, dismissed_at=None, first__deleted_in=None, second__deleted_in=None
        )
        .select_related("first", "second")
        .order_by("-similarity", "id")
    )


def suggestion_get(*, owner, id) -> Suggestion:
    """One of the owner's suggestions, dismissed or not; Http404 for anything else."""
    try:
        return Suggestion.objects.select_related("first", "second").get(
            owner=owner, pk=id, first__deleted_in=None, second__deleted_in=None
        )
    except (Suggestion.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such suggestion.") from None


def change_list(*, owner) -> QuerySet[Change]:
    """What the owner can still undo, newest first."""
    since = timezone.now() - timedelta(minutes=settings.FACEVERIFY_UNDO_MINUTES)
    return Change.objects.filter(owner=owner, undone_at=None, created_at__gt=since)


def change_get(*, owner, id) -> Change:
    """One of the owner's changes, undoable or not; Http404 for anything else."""
    try:
        return Change.objects.get(owner=owner, pk=id)
    except (Change.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such change.") from None


def anchor_image_open(*, owner, id, which: str) -> bytes:
    """A stored JPEG: `image`, the photo, or `crop`, the aligned face. Http404 for a stranger,
    another name, or a crop that is not made yet."""
    if which not in IMAGES:
        raise Http404("There is no such image.")
    field = getattr(anchor_get(owner=owner, id=id), which)
    return read_or_404(field)


def anchor_photo_size(*, anchor: Anchor) -> tuple[int, int]:
    """(width, height) of a stored photo in pixels, from its header."""
    data = anchor_image_open(owner=anchor.owner_id, id=anchor.pk, which="image")
    with Image.open(io.BytesIO(data)) as photo:
        return photo.size


def _tagged(owner, tag: str) -> list:
    # SQLite cannot look into a JSON list with the ORM's `contains`.
    rows = Person.objects.filter(owner=owner).exclude(tags=[]).values_list("pk", "tags")
    return [pk for pk, tags in rows.order_by() if tag in tags]
