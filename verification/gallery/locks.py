"""Whoever changes a gallery locks its people first; what follows from a change of photos."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy

from ..jobs.queue import CHECK_PERSON, send
from .access import acting_needs
from .gallery_models import Gallery, Role
from .models import Anchor, Person
from .rows import counts, slices

__all__ = [
    "GALLERY_GONE",
    "GONE",
    "changed",
    "changed_anchors",
    "lock",
    "lock_gallery",
    "lock_person_of",
    "renew_cover",
    "slices",
]

GONE = gettext_lazy(
    "This person is not in your gallery any more: perhaps deleted or merged in another window."
)

GALLERY_GONE = gettext_lazy("This gallery is not there any more.")


def lock(*ids: UUID, role: str = Role.EDITOR) -> dict[UUID, Person]:
    """Those of these people that exist, by id, locked until the transaction ends.

    Whoever changes anchors locks their people first, in this order: nobody waits in a circle. Raises
    PermissionDenied where whoever sent the request under way lacks the role.
    """
    people: dict[UUID, Person] = {}
    for part in slices(sorted(ids)):
        rows = Person.objects.select_for_update().filter(pk__in=part).order_by("pk")
        people |= {person.pk: person for person in rows}
    acting_needs(role, people.values())
    return people


def lock_person_of(anchor: Anchor) -> UUID | None:
    """Lock the person an anchor has now, wherever it was moved; the id, None if the anchor is gone or
    has no person: then its gallery is locked."""
    rows = Anchor.objects.filter(pk=anchor.pk)
    while (row := rows.values_list("person_id", "gallery_id").first()) is not None:
        pk, gallery = row
        savepoint = transaction.savepoint()
        if pk is None:
            lock_gallery(gallery)
        else:
            lock(pk)
        if rows.filter(person_id=pk).exists():
            transaction.savepoint_commit(savepoint)
            return pk
        # The former person is released before the next is locked: PostgreSQL keeps even the lock
        # of a row that was deleted while it was waited for, and the order would be broken.
        transaction.savepoint_rollback(savepoint)
    return None


def lock_gallery(id: UUID, *, role: str = Role.EDITOR) -> Gallery | None:
    """A gallery, locked until the transaction ends, after its people if those are locked too; None
    when it is gone. Raises PermissionDenied as `lock`."""
    gallery = Gallery.objects.select_for_update(no_key=True).filter(pk=id).first()
    if gallery is not None:
        acting_needs(role, [gallery])
    return gallery


def changed_anchors(person: UUID | None, gallery: UUID) -> None:
    """`changed` of the person whose anchors have changed; without one of the gallery."""
    if person is None:
        Gallery.raise_of([gallery])
    else:
        changed(person)


def changed(*people: UUID) -> None:
    """Note that the embeddings of these people have changed: searches read them again, and a
    worker compares each person's photos again."""
    note_changed(*people)
    compare_photos_of(*people)


def note_changed(*people: UUID, **columns: Any) -> None:
    """`changed` for those whose photos are compared later, by the sweep (`outliers.resend_unchecked`);
    `columns` are others to be written with it."""
    for part in slices(sorted(people)):
        Person.objects.filter(pk__in=part).update(
            version=F("version") + 1, updated_at=timezone.now(), **counts(), **columns
        )


def compare_photos_of(*people: UUID) -> None:
    """Have a worker compare the photos of each of these people."""
    for pk in people:
        transaction.on_commit(partial(send, CHECK_PERSON, pk))


def covers() -> dict[str, Any]:
    """The column of a person's cover: what it is, or the oldest photo that is ready."""
    ready = Anchor.objects.filter(person=OuterRef("pk"), state=Anchor.State.READY, is_numbers=False)
    oldest = ready.order_by("created_at", "id").values("pk")[:1]
    return {"cover": Coalesce(F("cover"), Subquery(oldest))}


def renew_cover(person_id: UUID, former: str | None = None) -> None:
    """Keep the cover while it is a ready photo of the person's; else take the oldest, or none.

    `former` becomes the cover again if it still is such an anchor.
    """
    person = Person.objects.filter(pk=person_id)
    ready = Anchor.objects.filter(person_id=person_id, state=Anchor.State.READY, is_numbers=False)
    ready = ready.order_by()
    if former and ready.filter(pk=former).exists():
        person.update(cover=former)
    elif not person.filter(cover__in=ready.values("pk")).exists():
        first = ready.order_by("created_at", "id").values_list("pk", flat=True).first()
        person.update(cover=first)
