"""What an index is made of, read from the anchors: the truth that blocks and memory are derived from."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import QuerySet

from ... import engine
from ..block_models import PREFIX_BITS, Departure, Kind
from ..embeddings import decrypt_embedding
from ..models import Anchor, Person
from .matrix import Rows, joined, words

AT_ONCE = 500  # ids in one query
PIECE = 4096  # rows of one piece, so that their numbers are not in memory twice

# Ids from one to another, the last included.
Span = tuple[UUID, UUID]


def span(first: int, last: int) -> Span:
    """The ids that begin with these prefixes."""
    rest = 128 - PREFIX_BITS
    return UUID(int=first << rest), UUID(int=((last + 1) << rest) - 1)


class Source:
    """The people or the anchors of one gallery, by one model."""

    def __init__(self, gallery: UUID, model_sha256: str, kind: Kind):
        self.gallery, self.model_sha256, self.kind = gallery, model_sha256, kind

    def changed(self, since: int) -> dict[UUID, int]:
        """Those changed after a version of the gallery, with that of their last change."""
        model: Any = Person if self.kind == Kind.PEOPLE else Anchor
        rows = model._base_manager.filter(gallery=self.gallery, sequence__gt=since).order_by()
        return dict(rows.values_list("pk", "sequence"))

    def departed(self, since: int) -> dict[int, int]:
        """The prefixes from which somebody left after a version, with that of the last who did."""
        rows = Departure.objects.filter(
            gallery=self.gallery, kind=self.kind, sequence__gt=since
        ).order_by("sequence")
        return {prefix: at or 0 for prefix, at in rows.values_list("prefix", "sequence")}

    def rows_of(self, ids: Iterable[UUID]) -> Rows:
        """Of these people or anchors those that are searched."""
        ids = list(ids)
        parts: list[Rows] = []
        column = "person_id" if self.kind == Kind.PEOPLE else "pk"
        for start in range(0, len(ids), AT_ONCE):
            named = {f"{column}__in": ids[start : start + AT_ONCE]}
            parts += self._read(self._searched.filter(**named))
        return joined(parts)

    def rows_in(self, span: Span) -> Iterator[Rows]:
        """All that are searched and whose ids are in a span, in pieces."""
        column = "person_id" if self.kind == Kind.PEOPLE else "pk"
        within = {f"{column}__gte": span[0], f"{column}__lte": span[1]}
        yield from self._read(self._searched.filter(**within))

    def about(self) -> int:
        """How many there are, a few more or less."""
        if self.kind == Kind.PEOPLE:
            return Person.objects.filter(gallery=self.gallery).count()
        return Anchor.objects.filter(gallery=self.gallery).count()

    @property
    def _searched(self) -> QuerySet[Anchor]:
        ready = Anchor.objects.filter(
            gallery=self.gallery, state=Anchor.State.READY, model_sha256=self.model_sha256
        )
        if self.kind == Kind.ANCHORS:
            return ready.order_by("pk")
        return ready.filter(person__deleted_in=None, person__isnull=False).order_by("person_id")

    def _read(self, anchors: QuerySet[Anchor]) -> Iterator[Rows]:
        stored = anchors.values_list("pk", "person_id", "embedding").iterator(chunk_size=2000)
        if self.kind == Kind.ANCHORS:
            yield from _anchors(stored)
        else:
            yield from _people(stored)


def _anchors(stored: Iterator[Any]) -> Iterator[Rows]:
    while piece := [row for _number, row in zip(range(PIECE), stored, strict=False)]:
        ids, people, _numbers = zip(*piece, strict=True)
        embeddings = np.stack([decrypt_embedding(numbers) for *_ids, numbers in piece])
        yield Rows(words(ids), words(people), embeddings, np.ones(len(piece), np.int32))


def _people(stored: Iterator[Any]) -> Iterator[Rows]:
    """Anchors come person by person."""
    ids: list[UUID] = []
    sums: list[np.ndarray] = []
    counts: list[int] = []
    for _pk, person, numbers in stored:
        embedding = decrypt_embedding(numbers)
        if ids and ids[-1] == person:
            sums[-1] = sums[-1] + embedding
            counts[-1] += 1
            continue
        if len(ids) == PIECE:
            yield _templates(ids, sums, counts)
            ids, sums, counts = [], [], []
        ids.append(person)
        sums.append(embedding)
        counts.append(1)
    if ids:
        yield _templates(ids, sums, counts)


def _templates(ids: list[UUID], sums: list[np.ndarray], counts: list[int]) -> Rows:
    templates = np.stack([engine.template(each[None]) for each in sums])
    found = words(ids)
    return Rows(found, found, templates, np.array(counts, np.int32))
