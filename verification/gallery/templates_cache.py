"""People's templates in the memory of a worker: one matrix for each gallery and model."""

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from .. import engine
from .embeddings import decrypt_embedding
from .gallery_models import Gallery
from .models import Anchor, Person

CACHE_BYTES = 256 * 1024**2  # of the galleries that a worker process keeps in memory
PERSON_BYTES = 300  # about, of an id with its version and its place in the matrix
FEW = 200  # people read again by name; beyond it all are


@dataclass(frozen=True)
class PersonTemplates:
    """Row i belongs to the person ids[i]: template float32 (n, d), number of anchors int (n,)."""

    ids: list[UUID]
    matrix: np.ndarray
    counts: np.ndarray

    def without(self, people: Collection[UUID]) -> "PersonTemplates":
        """The same without these people."""
        if not people:
            return self
        kept = [row for row, pk in enumerate(self.ids) if pk not in people]
        return PersonTemplates(
            [self.ids[row] for row in kept], self.matrix[kept], self.counts[kept]
        )


@dataclass(frozen=True)
class CachedGallery:
    """A gallery as this process read it: its version, everyone's own version, and the
    templates of those with anchors."""

    version: int | None
    versions: dict[UUID, int]
    templates: PersonTemplates

    @property
    def nbytes(self) -> int:
        return self.templates.matrix.nbytes + PERSON_BYTES * len(self.versions)


_NOBODY = PersonTemplates([], np.empty((0, 0), np.float32), np.empty(0, int))
_cache: OrderedDict[tuple[UUID, str], CachedGallery] = OrderedDict()


def person_templates(*, gallery_id: UUID | None, model_sha256: str) -> PersonTemplates:
    """The people of a gallery who have a ready anchor of this model.

    What did not change since the last call is taken from memory. Versions are read before the
    anchors and go up in the transaction that changes them: what is kept is never older than its
    version says, whichever process changed it. One row tells whether anything changed at all,
    and each person's version what is to be read again.
    """
    if gallery_id is None:  # it was deleted
        return _NOBODY
    key = (gallery_id, model_sha256)
    cached = _cache.pop(key, None) or CachedGallery(None, {}, _NOBODY)
    version = Gallery.objects.filter(pk=gallery_id).values_list("version", flat=True).first()
    if version is None or version != cached.version:
        people = Person.objects.filter(gallery_id=gallery_id).order_by()
        versions = dict(people.values_list("pk", "version"))
        templates = cached.templates
        if versions != cached.versions:
            templates = _read_changed(cached, versions, gallery_id, model_sha256)
        cached = CachedGallery(version, versions, templates)
    _cache[key] = cached
    while len(_cache) > 1 and sum(gallery.nbytes for gallery in _cache.values()) > CACHE_BYTES:
        _cache.popitem(last=False)
    return cached.templates


def forget_former() -> None:
    """Drop the galleries from this process's memory that have changed since: nobody may search in
    them again, and what was erased is not to stay here."""
    if not _cache:
        return
    galleries = {gallery for gallery, _model in _cache}
    now = dict(Gallery.objects.filter(pk__in=galleries).values_list("pk", "version"))
    for key, cached in list(_cache.items()):
        if now.get(key[0]) != cached.version:
            del _cache[key]


def _read_changed(
    cached: CachedGallery, versions: dict[UUID, int], gallery_id: UUID, model_sha256: str
) -> PersonTemplates:
    """The templates of these people; of those with the same version as before, the former ones."""
    former = cached.templates
    kept = [row for row, pk in enumerate(former.ids) if versions.get(pk, -1) == cached.versions[pk]]
    changed = [pk for pk, version in versions.items() if cached.versions.get(pk) != version]
    rows = {pk: row for row, pk in enumerate(changed)}
    anchors = Anchor.objects.filter(
        gallery_id=gallery_id,
        person__isnull=False,
        state=Anchor.State.READY,
        model_sha256=model_sha256,
    )
    if len(changed) <= FEW:
        anchors = anchors.filter(person_id__in=changed)
    sums, counts = former.matrix[:0], np.zeros(len(changed), int)
    stored = anchors.order_by().values_list("person_id", "embedding")
    for person_id, encrypted in stored.iterator(chunk_size=2000):
        if (row := rows.get(person_id)) is None:
            continue
        embedding = decrypt_embedding(encrypted)
        if not len(sums):
            sums = np.zeros((len(changed), embedding.size), np.float32)
        sums[row] += embedding
        counts[row] += 1
    found = np.flatnonzero(counts)
    fresh = [engine.template(sums[row][None]) for row in found]
    matrix = np.stack(fresh) if fresh else former.matrix[:0]
    if kept:
        matrix = np.concatenate([former.matrix[kept], matrix])
    return PersonTemplates(
        [former.ids[row] for row in kept] + [changed[row] for row in found],
        matrix,
        np.concatenate([former.counts[kept], counts[found]]).astype(int),
    )
