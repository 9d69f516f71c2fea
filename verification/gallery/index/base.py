"""What a search needs to know of a gallery, whichever engine keeps it."""

from collections.abc import Collection, Iterator
from typing import Protocol, Self
from uuid import UUID

import numpy as np

from ...engine import Shortlist


class GalleryIndex(Protocol):
    """The people of a gallery by the templates of all their photos, or its photos one by one.

    It is never older than the gallery was when it was asked for; it may be newer.
    """

    @property
    def size(self) -> int:
        """How many people or photos are searched."""

    def without(self, people: Collection[UUID]) -> Self:
        """The same without these people, or their photos."""

    def nearest(self, probe: np.ndarray, limit: int) -> Shortlist:
        """Everyone whom a search of all for an embedding, float32 (d,), would have among its first
        `limit` candidates, and perhaps more, in the order of their ids."""

    def of(self, ids: Collection[UUID]) -> Shortlist:
        """Those of these people or photos that are there, in the order of their ids."""

    def parts(self) -> Iterator[Shortlist]:
        """All of them, some thousands at a time."""
