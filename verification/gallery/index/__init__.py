"""The people and photos of galleries, ready to be searched."""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from ..block_models import Kind
from .base import GalleryIndex
from .blocks import delete_blocks_of_former_keys
from .in_memory import keep_up, memory_index
from .pgvector import postgres_index

__all__ = [
    "ENGINES",
    "GalleryIndex",
    "anchors_index",
    "delete_blocks_of_former_keys",
    "keep_up",
    "people_index",
]

# By the values of FACEVERIFY_SEARCH.
ENGINES: dict[str, Callable[[UUID | None, str, Kind], GalleryIndex]] = {
    "memory": memory_index,
    "pgvector": postgres_index,
}


def people_index(*, gallery_id: UUID | None, model_sha256: str) -> GalleryIndex:
    """The people of a gallery who have a ready anchor of this model, each by all of them together."""
    return ENGINES[settings.FACEVERIFY_SEARCH](gallery_id, model_sha256, Kind.PEOPLE)


def anchors_index(*, gallery_id: UUID | None, model_sha256: str) -> GalleryIndex:
    """The ready anchors of a gallery that this model has embedded, one by one."""
    return ENGINES[settings.FACEVERIFY_SEARCH](gallery_id, model_sha256, Kind.ANCHORS)
