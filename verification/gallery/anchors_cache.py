"""The anchors of a gallery one by one, in the memory of a worker: one matrix for each gallery and model."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from .embeddings import decrypt_embedding
from .gallery_models import Gallery
from .models import Anchor, Person
from .templates_cache import CACHE_BYTES, PERSON_BYTES

FEW = 200  # anchors read again by id; beyond it all are


@dataclass(frozen=True)
class GalleryAnchors:
    """Row i of the matrix, float32 (n, d), is the anchor ids[i] of people[i], None for nobody named."""

    ids: list[UUID]
    people: list[UUID | None]
    matrix: np.ndarray

    def without(self, people: Collection[UUID]) -> "GalleryAnchors":
        """The same without the anchors of these people."""
        if not people:
            return self
        kept = [row for row, person in enumerate(self.people) if person not in people]
        return GalleryAnchors(
            [self.ids[row] for row in kept],
            [self.people[row] for row in kept],
            self.matrix[kept],
        )


@dataclass(frozen=True)
class _Cached:
    """`embedded`: when each anchor was, by its id, in the order of the matrix."""

    version: int
    embedded: dict[UUID, datetime | None]
    anchors: GalleryAnchors

    @property
    def nbytes(self) -> int:
        return self.anchors.matrix.nbytes + 2 * PERSON_BYTES * len(self.embedded)


NONE = GalleryAnchors([], [], np.empty((0, 0), np.float32))
_cache: OrderedDict[tuple[UUID, str], _Cached] = OrderedDict()


def gallery_anchors(*, gallery_id: UUID, model_sha256: str) -> GalleryAnchors:
    """The ready anchors of a gallery that this model has embedded, but for those of people whose consent
    has ended.

    Kept in memory as `person_templates` are: the gallery's version, read before the anchors, says
    whether anything changed, and an anchor is read again when it was embedded again.
    """
    version = Gallery.objects.filter(pk=gallery_id).values_list("version", flat=True).first()
    if version is None:
        return NONE
    key = (gallery_id, model_sha256)
    cached = _cache.pop(key, None)
    if cached is None or cached.version != version:
        cached = _read(cached, version, gallery_id, model_sha256)
    _cache[key] = cached
    while len(_cache) > 1 and sum(gallery.nbytes for gallery in _cache.values()) > CACHE_BYTES:
        _cache.popitem(last=False)
    ended = Person.objects.filter(gallery=gallery_id).with_ended_consent().order_by()
    return cached.anchors.without(set(ended.values_list("pk", flat=True)))


def forget_former_anchors() -> None:
    """As `templates_cache.forget_former`."""
    if not _cache:
        return
    galleries = {gallery for gallery, _model in _cache}
    now = dict(Gallery.objects.filter(pk__in=galleries).values_list("pk", "version"))
    for key, cached in list(_cache.items()):
        if now.get(key[0]) != cached.version:
            del _cache[key]


def _read(former: _Cached | None, version: int, gallery_id: UUID, model_sha256: str) -> _Cached:
    """The anchors that are there now; the numbers of those embedded no later than before are kept."""
    ready = Anchor.objects.filter(
        gallery=gallery_id, state=Anchor.State.READY, model_sha256=model_sha256
    ).order_by()
    known = former.embedded if former else {}
    rows = {row: number for number, row in enumerate(known)}
    there = {
        pk: (person, at) for pk, person, at in ready.values_list("pk", "person", "finished_at")
    }
    kept = [pk for pk, (_person, at) in there.items() if pk in known and known[pk] == at]
    fresh = there.keys() - set(kept)
    stored = ready.filter(pk__in=fresh) if len(fresh) <= FEW else ready
    numbers: dict[UUID, np.ndarray] = {}
    if fresh:
        for pk, encrypted in stored.values_list("pk", "embedding").iterator(chunk_size=2000):
            if pk in fresh:
                numbers[pk] = decrypt_embedding(encrypted)
    parts = []
    if kept and former:
        parts.append(former.anchors.matrix[[rows[pk] for pk in kept]])
    if numbers:
        parts.append(np.stack(list(numbers.values())))
    ids = [*kept, *numbers]
    matrix = np.concatenate(parts) if parts else NONE.matrix
    anchors = GalleryAnchors(ids, [there[pk][0] for pk in ids], matrix)
    return _Cached(version, {pk: there[pk][1] for pk in ids}, anchors)
