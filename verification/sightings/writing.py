"""Noting sightings with the verdicts, and letting them follow people who are merged."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.signals import post_delete, post_save

from ..comparisons.models import Verification
from ..gallery.locks import slices
from ..gallery.models import NEVER, Person
from ..gallery.signals import person_replaced
from ..jobs.signals import job_finished
from .models import Sighting

MATCH = Verification.Outcome.MATCH


def connect() -> None:
    job_finished.connect(note_sightings, sender=Verification)
    person_replaced.connect(sightings_follow)
    post_save.connect(seen_again_of, sender=Sighting)
    post_delete.connect(seen_again_of, sender=Sighting)


def seen_again(people: Iterable[UUID | str]) -> None:
    """Note with these people when they were seen last, by what is stored."""
    last = Sighting.objects.filter(person=OuterRef("pk")).order_by("-at", "-id").values("at")[:1]
    for part in slices(sorted({str(pk) for pk in people})):
        Person.all_objects.filter(pk__in=part).update(
            seen_at=Coalesce(Subquery(last), Value(NEVER))
        )


def seen_again_of(instance: Sighting, **_signal: Any) -> None:
    seen_again([instance.person_id])


def people_seen(row: Verification) -> set[str]:
    """The ids of the people whom a verdict says that the photo shows, as text."""
    if row.outcome != MATCH:
        return set()
    entries = (*row.candidates, *row.named_faces)
    seen = {entry["person_id"] for entry in entries if entry["outcome"] == MATCH}
    return {id for id in (*seen, row.person_id and str(row.person_id)) if id}


def note_sightings(*, row: Verification, **_signal: Any) -> None:
    """In the transaction that ends the comparison."""
    if not (ids := people_seen(row)):
        return
    there = list(Person.objects.filter(pk__in=ids).order_by().values_list("pk", flat=True))
    Sighting.objects.bulk_create(
        Sighting(owner_id=row.owner_id, person_id=person, verification=row, at=row.created_at)
        for person in there
    )
    seen_again(there)


def sightings_follow(
    *,
    former: UUID | None,
    person: Person | None,
    ids: Iterable[str] | None = None,
    **_signal: Any,
) -> list[str]:
    """Of somebody who is merged into another; of a deleted person they stay, hidden with the person."""
    if former is None or person is None:
        return []
    rows = Sighting.objects.filter(person=former)
    if ids is None:
        ids = [str(pk) for pk in rows.order_by().values_list("pk", flat=True)]
    followed = list(ids)
    return [str(pk) for part in slices(followed) for pk in _moved(rows.filter(pk__in=part), person)]


def _moved(rows: Any, person: Person) -> list[UUID]:
    found = dict(rows.order_by().values_list("pk", "person_id"))
    Sighting.objects.filter(pk__in=list(found)).update(person=person)
    seen_again({*found.values(), person.pk})
    return list(found)
