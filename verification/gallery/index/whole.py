"""A gallery as one matrix, all of which every search decides on."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from ...engine import Shortlist


@dataclass(frozen=True)
class WholeIndex:
    """Row i of the matrix, float32 (n, d), belongs to ids[i] of people[i]; see `GalleryIndex`."""

    ids: list[UUID]
    people: list[UUID | None]
    matrix: np.ndarray
    counts: np.ndarray | None = None

    @property
    def size(self) -> int:
        return len(self.ids)

    def without(self, people: Collection[UUID]) -> "WholeIndex":
        if not people:
            return self
        kept = [row for row, person in enumerate(self.people) if person not in people]
        return WholeIndex(
            [self.ids[row] for row in kept],
            [self.people[row] for row in kept],
            self.matrix[kept],
            None if self.counts is None else self.counts[kept],
        )

    def nearest(self, probe: np.ndarray, limit: int) -> Shortlist:
        return self._at(range(self.size))

    def of(self, ids: Collection[UUID]) -> Shortlist:
        return self._at([row for row, pk in enumerate(self.ids) if pk in set(ids)])

    def parts(self) -> Iterator[Shortlist]:
        yield self._at(range(self.size))

    def _at(self, rows: Collection[int]) -> Shortlist:
        ordered = sorted(rows, key=lambda row: self.ids[row])
        counts = np.ones(self.size, int) if self.counts is None else self.counts
        return Shortlist(
            [self.ids[row] for row in ordered],
            [self.people[row] for row in ordered],
            self.matrix[ordered],
            counts[ordered],
            self.size,
        )
