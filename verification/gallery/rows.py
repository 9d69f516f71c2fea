"""What is kept with a person about photos and tags, and follows every write: counts by which people are
sorted and shown, so that no page counts the photos of a whole gallery, and the tags as rows of their own,
so that none reads all people to find them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import models, transaction
from django.db.models import Avg, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from ..jobs.models import PENDING
from ..text.folding import FoldedQuerySet
from .block_models import Kind
from .gallery_models import Gallery, GalleryRows, with_galleries
from .sequence import anchors_depart, note_departures

T = TypeVar("T")

# Of the photos that are carried out several at once: of larger ones each is carried out alone, so that who
# waits for a comparison does not wait for several of them.
SMALL_BYTES = 300_000
AT_ONCE = 500  # ids in one query: databases limit them, SQLite by default to 32,766
RUNNING, READY, UNLIKE = "running", "ready", "unlike"  # of an anchor
SMALLEST = 1e-6  # difference that is one
NO_QUALITY = -1.0  # of somebody who has no photo that is ready
# Columns of a person that a search depends on, and those that the rows of tags follow.
SEARCHED = {"version", "deleted_in", "gallery", "gallery_id"}
LEAVING = SEARCHED - {"version"}
TAGGED = {"tags", "deleted_in", "gallery", "gallery_id"}
# Columns of an anchor that a person's counts follow; of `state` see `counts_may_change`.
COUNTED = {"person", "person_id", "deleted_in", "deleted_in_id", "quality", "likeness"}
# Columns of an anchor that a search depends on.
NOTICED = {"person", "person_id", "state", "embedding", "model_sha256"} | LEAVING

# The orders of the list, each with its index; SQLite reads `deleted_in` there, whatever its condition.
TIED = ("name", "created_at", "id")
LISTED: dict[str, tuple[str, ...]] = {
    "person_by_gallery": TIED,
    "person_by_age": ("created_at", "id"),
    "person_by_photos": ("-anchor_count", *TIED),
    "person_by_quality": ("-quality", *TIED),
    "person_by_seen": ("-seen_at", *TIED),
}


def slices(ids: Sequence[T], size: int = AT_ONCE) -> Iterator[Sequence[T]]:
    """The ids in parts that one query can name."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def consent_ended(person: str = "", on: date | None = None) -> Q:
    """The condition that a person's consent ended before today, or another day; `person` leads
    from the rows to the person, as `person__`. Whoever has no end recorded is not meant."""
    return Q(**{f"{person}consent_until__lt": on or timezone.now().date()})


class PersonQuerySet(FoldedQuerySet):
    """Every write that a search could notice raises the gallery's version."""

    def with_ended_consent(self) -> "PersonQuerySet":
        """Those who may not be compared any more."""
        return self.filter(consent_ended())

    def bulk_create(self, objs, *args, **kwargs):
        rows = with_galleries(objs)
        with transaction.atomic(using=self.db):
            stored = super().bulk_create(rows, *args, **kwargs)
            retag([row.pk for row in rows if row.tags])
        return stored

    bulk_create.__dict__["alters_data"] = True  # no template may call it

    def update(self, **values: object) -> int:
        if not values.keys() & (SEARCHED | TAGGED):
            return super().update(**values)
        with transaction.atomic(using=self.db):
            ids = list(self.order_by().values_list("pk", flat=True)) if _tags(values) else []
            galleries = set()
            if values.keys() & SEARCHED:
                galleries = self._galleries()
                values["sequence"] = None
            if values.keys() & LEAVING:
                there = self.filter(deleted_in=None).order_by().values_list("gallery_id", "pk")
                note_departures((Kind.PEOPLE, gallery, pk) for gallery, pk in there)
            rows = super().update(**values)
            retag(ids)
            to = values.get("gallery", values.get("gallery_id"))
            galleries |= {to.pk if isinstance(to, Gallery) else to} if to else set()
            Gallery.raise_of(galleries)
        return rows

    update.__dict__["alters_data"] = True  # no template may call it

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            galleries = self._galleries()
            deleted = super().delete()
            Gallery.raise_of(galleries)
        return deleted

    delete.__dict__.update(alters_data=True, queryset_only=True)

    def _galleries(self) -> set:
        return set(self.order_by().values_list("gallery_id", flat=True).distinct())


class AnchorQuerySet(GalleryRows):
    """Anchors belong to the gallery of their person, those without a person to one of their own. Every
    write that a person's counts depend on counts again, and what takes numbers away from a gallery or a
    person raises the gallery's version."""

    def bulk_create(self, objs, *args, **kwargs):
        rows = list(objs)
        for row in rows:
            row.follow_person()
        with transaction.atomic(using=self.db):
            stored = super().bulk_create(rows, *args, **kwargs)
            recount(row.person_id for row in rows)
        return stored

    bulk_create.__dict__["alters_data"] = True  # no template may call it

    def update(self, **values: Any) -> int:
        is_noticed, is_counted = bool(values.keys() & NOTICED), counts_may_change(values)
        if not is_noticed and not is_counted:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            people: set[UUID | None] = set()
            if is_counted:
                people.update(self.order_by().values_list("person_id", flat=True).distinct())
            galleries: set[UUID] = set()
            if is_noticed:
                values["sequence"] = None
                if values.get("state") not in (RUNNING, READY):  # those had no numbers yet
                    galleries = anchors_depart(self)
            rows = super().update(**values)
            if is_counted and rows:
                to = values.get("person", values.get("person_id"))
                recount({*people, getattr(to, "pk", to)})
            Gallery.raise_of(galleries)
        return rows

    update.__dict__["alters_data"] = True  # no template may call it


def counts_may_change(values: dict[str, Any]) -> bool:
    """Whether an update of anchors with these values could change what is counted. One that a worker
    takes, gives back or refuses was not ready before and is not afterwards."""
    again = values.get("state") == PENDING and "finished_at" in values
    return bool(COUNTED & values.keys()) or values.get("state") == READY or again


def recount(people: Iterable[UUID | None]) -> None:
    """Count the photos of these people again, by what is stored. In the transaction that changes them,
    by whoever holds the people's locks."""
    ids = sorted({pk for pk in people if pk is not None})
    if not ids:
        return
    for part in slices(ids):
        models.QuerySet.update(_everyone().filter(pk__in=part), **counts())


def counts() -> dict[str, Any]:
    """The columns of a person that `recount` writes, for an update that has to write others too."""
    anchors = apps.get_model("verification", "Anchor").objects.filter(person=OuterRef("pk"))
    ready = anchors.filter(state=READY)
    return {
        "anchor_count": Coalesce(_of_each(anchors, Count("pk")), 0),
        "ready_count": Coalesce(_of_each(ready, Count("pk")), 0),
        "unlike_count": Coalesce(_of_each(anchors.filter(likeness=UNLIKE), Count("pk")), 0),
        "quality": Coalesce(_of_each(ready, Avg("quality")), Value(NO_QUALITY)),
    }


def _of_each(anchors: QuerySet, what: Count | Avg) -> Subquery:
    return Subquery(anchors.order_by().values("person").annotate(told=what).values("told"))


def recount_after_deletion(instance: Any, origin: Any = None, **_signal: Any) -> None:
    """For an anchor that was deleted by itself: whoever goes with a person is not counted for that
    person, and what is hidden was not counted."""
    meant = origin.model if isinstance(origin, QuerySet) else type(origin)
    if meant is type(instance) and instance.deleted_in_id is None:
        recount([instance.person_id])


def retag(people: Sequence[UUID]) -> None:
    """Write the rows of the tags of these people anew; those who are deleted have none."""
    tags = apps.get_model("verification", "PersonTag").objects
    for part in slices(people):
        tags.filter(person__in=part).delete()
        tagged = _everyone().filter(pk__in=part, deleted_in=None).exclude(tags=[])
        found = list(tagged.order_by().values_list("pk", "gallery_id", "tags"))
        tags.bulk_create(
            tags.model(person_id=pk, gallery_id=gallery, tag=tag)
            for pk, gallery, names in found
            for tag in dict.fromkeys(names)
        )


def _tags(values: dict[str, Any]) -> bool:
    return bool(values.keys() & TAGGED)


def _everyone() -> QuerySet:
    return apps.get_model("verification", "Person").all_objects.order_by()


def mend_counts() -> int:
    """Count again whatever is not as the rows say, since a process of an earlier version wrote beside
    this one, while a server was brought up to date; how many people that concerned."""
    told = counts()
    differs = Q()
    people = _everyone().annotate(**{f"told_{name}": each for name, each in told.items()})
    for name in told:
        off = Q(**{f"{name}__lt": F(f"told_{name}") - SMALLEST})
        differs |= off | Q(**{f"{name}__gt": F(f"told_{name}") + SMALLEST})
    wrong = list(people.filter(differs).values_list("pk", flat=True))
    recount(wrong)
    tagged = apps.get_model("verification", "PersonTag").objects.filter(person=OuterRef("pk"))
    untagged = _everyone().filter(~Exists(tagged), deleted_in=None).exclude(tags=[])
    bare = list(untagged.values_list("pk", flat=True))
    retag(bare)
    return len({*wrong, *bare})
