"""Which rows of a gallery have changed since when.

A row that a search could notice has `sequence`, the version of its gallery at its last change. Whoever
writes the row sets it to null; raising the version, which ends every such transaction, puts the version
there. The gallery's row is locked from then on until the transaction ends: a search that reads version n
finds every change up to n, and no other.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import F, PositiveBigIntegerField, QuerySet, Subquery

from .block_models import PREFIX_BITS, PREFIXES, Departure, Kind, TemplateBlock

AT_ONCE = 500


def sequence_column() -> PositiveBigIntegerField:
    """The gallery's version at the row's last change; null until the transaction raises it."""
    return PositiveBigIntegerField(null=True, editable=False)


def prefix_of(id: UUID) -> int:
    """The first bits of an id."""
    return id.int >> (128 - PREFIX_BITS)


def note_departures(rows: Iterable[tuple[Kind, UUID, UUID]]) -> set[UUID]:
    """Note that these people or photos, (kind, gallery, id), leave their galleries or are about to have
    other numbers. Their blocks are deleted. The galleries, whose versions are to be raised afterwards in
    the same transaction."""
    noted = {(gallery, kind, prefix_of(id)) for kind, gallery, id in rows}
    Departure.objects.bulk_create(
        [Departure(gallery_id=g, kind=kind, prefix=prefix) for g, kind, prefix in sorted(noted)],
        batch_size=AT_ONCE,
    )
    galleries = {gallery for gallery, _kind, _prefix in noted}
    for gallery in galleries:
        _delete_blocks(gallery, {(kind, at) for g, kind, at in noted if g == gallery})
    return galleries


def anchors_depart(anchors: QuerySet[Any]) -> set[UUID]:
    """`note_departures` of those of these anchors that a search looks at, and of their people."""
    searched = anchors.filter(state="ready", deleted_in=None).order_by()
    found = []
    for gallery, pk, person in searched.values_list("gallery_id", "pk", "person_id"):
        found.append((Kind.ANCHORS, gallery, pk))
        if person:
            found.append((Kind.PEOPLE, gallery, person))
    return note_departures(found) if found else set()


def stamp(gallery: UUID) -> None:
    """Put the version of a gallery, which has just been raised, where rows have changed."""
    version = Subquery(
        apps.get_model("verification", "Gallery")._base_manager.filter(pk=gallery).values("version")
    )
    for name in ("Person", "Anchor"):
        _unstamped(apps.get_model("verification", name), gallery).update(sequence=version)
    left = _unstamped(Departure, gallery)
    gone = set(left.values_list("kind", "prefix"))
    if not gone:
        return
    # Once more: a worker may have written a block until the version was raised.
    _delete_blocks(gallery, gone)
    for kind in {kind for kind, _prefix in gone}:
        prefixes = [prefix for k, prefix in gone if k == kind]
        former = Departure.objects.filter(gallery=gallery, kind=kind, sequence__isnull=False)
        for start in range(0, len(prefixes), AT_ONCE):
            former.filter(prefix__in=prefixes[start : start + AT_ONCE]).delete()
    left.update(sequence=version)


def mend(gallery: UUID) -> None:
    """Take everything in a gallery for changed: a process of an earlier release has written there, which
    does not say what."""
    galleries: Any = apps.get_model("verification", "Gallery")
    with transaction.atomic():
        for name in ("Person", "Anchor"):
            rows = apps.get_model("verification", name)._base_manager.filter(gallery=gallery)
            rows.update(sequence=None)
        TemplateBlock.objects.filter(gallery=gallery).delete()
        Departure.objects.bulk_create(
            [
                Departure(gallery_id=gallery, kind=kind, prefix=prefix)
                for kind in Kind
                for prefix in range(PREFIXES)
            ],
            batch_size=AT_ONCE,
        )
        galleries.raise_of([gallery])
        galleries.objects.filter(pk=gallery).update(stamped=F("version"))


def _unstamped(model: Any, gallery: UUID) -> QuerySet[Any]:
    return model._base_manager.filter(gallery=gallery, sequence=None)


def _delete_blocks(gallery: UUID, gone: set[tuple[str, int]]) -> None:
    blocks = TemplateBlock.objects.filter(gallery=gallery)
    found = [
        pk
        for pk, kind, first, last in blocks.values_list("pk", "kind", "first", "last")
        if any(kind == of and first <= prefix <= last for of, prefix in gone)
    ]
    for start in range(0, len(found), AT_ONCE):
        TemplateBlock.objects.filter(pk__in=found[start : start + AT_ONCE]).delete()
