"""Galleries that are searched in PostgreSQL, with the extension pgvector: those too large for a worker's memory.

PostgreSQL names those who are near the probe, by vectors of half precision and, from GRAPH_FROM on, by a graph
(HNSW) that finds nearly all of them; who that is, is then decided as ever, on the embeddings themselves, in
float32. Galleries without a space are searched in memory.
"""

# ruff: noqa: S608  names and numbers of our own

import functools
import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import transaction

from ... import engine
from ..block_models import Kind
from ..gallery_models import Gallery
from .base import GalleryIndex
from .in_memory import memory_index
from .pgvector_building import build
from .pgvector_tables import ANCHOR, PERSON, Space, are_there, rows
from .pgvector_writing import AT_ONCE, Row, as_text, read, settle, space_of

logger = logging.getLogger(__name__)

MORE = 20  # named beyond twice the limit, and those compared as ever of whom that is not sure
MOST_NAMED = 20_000  # where half precision does not tell more apart than that, they are one face
# A number of half precision, or one with five digits, is off by less than this share of itself.
ROUNDING = 2**-10
MOST_EF = 1000  # what pgvector allows

NAMES = {Kind.PEOPLE: PERSON, Kind.ANCHORS: ANCHOR}

_sizes: dict[int, tuple[int, int]] = {}  # by space: the gallery's version, and how many vectors


@dataclass(frozen=True)
class PostgresIndex:
    """A space, with those whose vectors could not be written because somebody is changing them."""

    space: Space
    unwritten: dict[UUID, Row]
    written: int
    excluded: frozenset[UUID] = field(default_factory=frozenset)

    @functools.cached_property
    def size(self) -> int:
        gone = 0
        if self.excluded:
            ((gone,),) = rows(
                "SELECT count(*) FROM verification_vector "
                f"WHERE space_id = {self.space.id} AND person_id = ANY(%(excluded)s)",
                {"excluded": list(self.excluded)},
            )
        return self.written - gone + len(self._beside())

    def without(self, people: Collection[UUID]) -> "PostgresIndex":
        if not people:
            return self
        return replace(self, excluded=self.excluded | frozenset(people))

    def nearest(self, probe: np.ndarray, limit: int) -> engine.Shortlist:
        return self._shortlist(read(self.space, self._near(probe, limit)) | self._beside())

    def of(self, ids: Collection[UUID]) -> engine.Shortlist:
        return self._shortlist(read(self.space, ids))

    def parts(self) -> Iterator[engine.Shortlist]:
        last = UUID(int=0)
        while page := rows(
            "SELECT row_id FROM verification_vector "
            f"WHERE space_id = {self.space.id} AND row_id > %(last)s ORDER BY row_id LIMIT {AT_ONCE}",
            {"last": last},
        ):
            last = page[-1][0]
            yield self._shortlist(read(self.space, [pk for (pk,) in page]))
        if beside := self._beside():
            yield self._shortlist(beside)

    def _near(self, probe: np.ndarray, limit: int) -> list[UUID]:
        """Those who can be among the first `limit` of their group in float32, as far as PostgreSQL found
        them."""
        named = 2 * limit + MORE
        while True:
            near, is_sure = _surely_near(self._named(probe, named), _length(probe), limit, named)
            if is_sure or named > MOST_NAMED:
                return near
            named *= 4

    def _named(self, probe: np.ndarray, named: int) -> dict[int, list[tuple[float, UUID]]]:
        """By group: the nearest with their distances, the nearest first."""
        statement, values = self.statement(probe, named)
        with transaction.atomic():
            # Of this transaction alone: behind PgBouncer the next one may have another connection.
            rows(
                "SELECT set_config('hnsw.ef_search', %(ef)s, true), "
                "set_config('hnsw.iterative_scan', 'strict_order', true)",
                {"ef": str(min(max(settings.FACEVERIFY_PGVECTOR_EF_SEARCH, named), MOST_EF))},
            )
            found = rows(statement, values)
        groups: dict[int, list[tuple[float, UUID]]] = {}
        for group, distance, pk in sorted(found):
            groups.setdefault(group, []).append((distance, pk))
        return groups

    def statement(self, probe: np.ndarray, named: int) -> tuple[str, dict[str, Any]]:
        """The query for the nearest of each group, whose members rank among each other by their distance, and
        its values.

        The space, the group and the number of dimensions stand in it: by them PostgreSQL knows the graph.
        """
        nearness = engine.nearness()
        operator = "<->" if nearness.power == 2 else "<+>"
        size = probe.size
        distance = f"(scaled::halfvec({size}) {operator} %(probe)s::halfvec({size}))"
        others = (
            "AND (person_id IS NULL OR person_id <> ALL(%(excluded)s)) " if self.excluded else ""
        )
        groups = (1,) if self.space.kind == ANCHOR else nearness.groups
        parts = [
            f"(SELECT measured, {distance} AS distance, row_id FROM verification_vector "
            f"WHERE space_id = {self.space.id} AND measured = {group} {others}"
            f"ORDER BY {distance} LIMIT {named})"
            for group in groups
        ]
        values = {"probe": as_text(nearness.scaled(probe)), "excluded": list(self.excluded)}
        return " UNION ALL ".join(parts), values

    def _beside(self) -> dict[UUID, Row]:
        return {pk: row for pk, row in self.unwritten.items() if row[2] not in self.excluded}

    def _shortlist(self, found: dict[UUID, Row]) -> engine.Shortlist:
        ids = sorted(pk for pk, row in found.items() if row[2] not in self.excluded)
        kept = [found[pk] for pk in ids]
        return engine.Shortlist(
            ids=ids,
            people=[person for _template, _count, person in kept],
            templates=np.stack([template for template, _count, _person in kept])
            if kept
            else np.empty((0, 0), np.float32),
            counts=np.array([count for _template, count, _person in kept], int),
            size=self.size,
        )


def postgres_index(gallery_id: UUID | None, model_sha256: str, kind: Kind) -> GalleryIndex:
    """Of a gallery's people, or its anchors: in memory where PostgreSQL does not search them."""
    found = gallery_id and _index(gallery_id, model_sha256, NAMES[kind])
    return found or memory_index(gallery_id, model_sha256, kind)


def _index(gallery_id: UUID, model_sha256: str, kind: str) -> PostgresIndex | None:
    if not _are_there():
        return None
    space = space_of(gallery_id, model_sha256, kind)
    if space is None and not settings.FACEVERIFY_PGVECTOR_FROM:
        space = build(gallery_id, model_sha256, kind)
    if space is None or not space.is_ready:
        return None
    # Before the changes are read: what comes after them has a higher version.
    version = Gallery.objects.filter(pk=gallery_id).values_list("version", flat=True).first()
    unwritten = settle(space)
    return PostgresIndex(space, unwritten, _written(space, version, bool(unwritten)))


def _length(probe: np.ndarray) -> float:
    """Of the scaled probe, in the norm by which vectors are compared."""
    nearness = engine.nearness()
    return float(np.linalg.norm(nearness.scaled(probe), ord=nearness.power))


def _surely_near(
    groups: dict[int, list[tuple[float, UUID]]], length: float, limit: int, named: int
) -> tuple[list[UUID], bool]:
    """Those whose distance may be one of the `limit` smallest of their group, and whether these are all.

    The distance of two rounded vectors is off by at most ROUNDING times both their lengths, and the other's
    length is at most the probe's and the distance between them.
    """
    near: list[UUID] = []
    are_all = True
    for found in groups.values():
        last = found[min(limit, len(found)) - 1][0]
        farthest = last + 2 * ROUNDING * (2 * length + last)
        near += [pk for distance, pk in found if distance <= farthest]
        are_all &= len(found) < named or found[-1][0] > farthest
    return near, are_all


@functools.cache
def _are_there() -> bool:
    """Asked once; a site that was not migrated since the setting was made is searched in memory."""
    if are_there():
        return True
    logger.error("pgvector_not_prepared remedy=run manage.py migrate, then start again")
    return False


def _written(space: Space, version: int | None, is_changing: bool) -> int:
    """How many vectors a space has. Counting a million takes a tenth of a second, so the number is kept
    for as long as nothing changes."""
    kept: Any = _sizes.get(space.id)
    if kept and kept[0] == version:
        return kept[1]
    ((number,),) = rows(f"SELECT count(*) FROM verification_vector WHERE space_id = {space.id}")
    if version is not None and not is_changing:
        _sizes[space.id] = version, number
    return number
