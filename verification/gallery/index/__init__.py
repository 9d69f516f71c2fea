"""The people and photos of galleries, ready to be searched."""

from uuid import UUID

from ..anchors_cache import gallery_anchors
from ..templates_cache import person_templates
from .base import GalleryIndex
from .whole import WholeIndex

__all__ = ["GalleryIndex", "anchors_index", "people_index"]


def people_index(*, gallery_id: UUID | None, model_sha256: str) -> GalleryIndex:
    """The people of a gallery who have a ready anchor of this model, each by all of them together."""
    found = person_templates(gallery_id=gallery_id, model_sha256=model_sha256)
    return WholeIndex(found.ids, list(found.ids), found.matrix, found.counts)


def anchors_index(*, gallery_id: UUID, model_sha256: str) -> GalleryIndex:
    """The ready anchors of a gallery that this model has embedded, one by one."""
    found = gallery_anchors(gallery_id=gallery_id, model_sha256=model_sha256)
    return WholeIndex(found.ids, found.people, found.matrix)
