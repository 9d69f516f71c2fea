"""Reads, always scoped to an owner: comparisons and batches as one list, newest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BooleanField, F, Q, QuerySet, Value

from accounts.models import User

from ..batches.models import Batch
from ..comparisons.compared_photos import SearchPhoto
from ..comparisons.models import Verification
from ..gallery.access import people_for
from ..gallery.gallery_models import Gallery
from ..gallery.models import Person

NO_MATCH = Verification.Outcome.NO_MATCH.value


@dataclass(frozen=True)
class Entries:
    """What a history lists."""

    comparisons: QuerySet[Verification]
    batches: QuerySet[Batch]

    def keys(self) -> QuerySet:
        """(id, when it was made, whether it is a batch), newest first."""
        rows = _keys(self.comparisons, is_batch=False)
        if self.batches.exists():
            rows = rows.union(_keys(self.batches, is_batch=True), all=True)
        return rows.order_by("-created_at", "-pk")

    def made_until(self, at: datetime) -> "Entries":
        return Entries(
            self.comparisons.filter(created_at__lte=at), self.batches.filter(created_at__lte=at)
        )

    def count(self) -> int:
        return self.comparisons.count() + self.batches.count()


def _keys(rows: QuerySet, *, is_batch: bool) -> QuerySet:
    marked = rows.order_by().annotate(is_batch=Value(is_batch, output_field=BooleanField()))
    return marked.values_list("pk", "created_at", "is_batch")


def about(comparisons: QuerySet[Verification], person: Person) -> QuerySet[Verification]:
    """Those whose verdict is about the person, or names them, if only perhaps."""
    id = str(person.pk)
    nearest = Q(candidates__0__person_id=id) & ~Q(outcome=NO_MATCH)
    # No database but PostgreSQL looks into a list of objects; an id is found nowhere by chance.
    return comparisons.filter(Q(person=person) | nearest | Q(named_faces__icontains=id))


def within(comparisons: QuerySet[Verification], gallery: Gallery) -> QuerySet[Verification]:
    """Those that searched the gallery, and those with one person of it."""
    return comparisons.filter(Q(gallery=gallery) | Q(person__gallery=gallery))


def people_with_cover(*, owner: User, ids: Iterable[UUID | str]) -> dict[str, Person]:
    """The owner's people of these ids by id as text, each with `cover_made_at`."""
    wanted = set(map(str, ids))
    if not wanted:
        return {}
    people = people_for(owner).filter(pk__in=wanted)
    return {str(row.pk): row for row in people.annotate(cover_made_at=F("cover__finished_at"))}


def compared_photos(*, owner: User, ids: Iterable[UUID]) -> dict[UUID, list[SearchPhoto]]:
    """The photos with a verdict, by the comparison of one photo with many."""
    wanted = list(ids)
    if not wanted:
        return {}
    found: dict[UUID, list[SearchPhoto]] = {}
    photos = SearchPhoto.objects.filter(
        verification__owner=owner, verification__in=wanted, state=SearchPhoto.State.DONE
    )
    for photo in photos.only("verification_id", "position", "outcome", "similarity", "crop"):
        found.setdefault(photo.verification_id, []).append(photo)
    return found
