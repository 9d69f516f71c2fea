"""Galleries of embeddings at random, searched in memory and in PostgreSQL."""

import numpy as np
from django.utils import timezone

from accounts.models import User
from verification import engine
from verification.gallery import services
from verification.gallery.block_models import Kind
from verification.gallery.embeddings import encrypt_embedding
from verification.gallery.index import people_index
from verification.gallery.index.base import GalleryIndex
from verification.gallery.index.in_memory import MemoryIndex, memory_index
from verification.gallery.index.pgvector import PostgresIndex
from verification.gallery.index.pgvector_tables import rows
from verification.gallery.locks import changed
from verification.models import Anchor, Gallery, Person


def unit(seed: int, like: np.ndarray | None = None) -> np.ndarray:
    """A direction at random, or one near another."""
    size = engine.model_info().embedding_size
    found = np.random.default_rng(seed).normal(size=size)
    if like is not None:
        found = like + 0.4 * found / np.linalg.norm(found)
    return (found / np.linalg.norm(found)).astype(np.float32)


def photo_of(person: Person, model: str, seed: int, like: np.ndarray | None = None) -> Anchor:
    anchor = Anchor.objects.create(
        owner=person.owner, person=person, state="ready", finished_at=timezone.now(), crop="c",
        content_sha256=f"{person.pk.hex}{seed:032x}", model_sha256=model,
        embedding=encrypt_embedding(unit(seed, like)),
    )  # fmt: skip
    changed(person.pk)
    return anchor


def crowd(owner: User, model: str, count: int = 40) -> list[Person]:
    people = [services.person_create(owner=owner, name=f"Person {n}") for n in range(count)]
    for number, person in enumerate(people):
        for each in range((1, 1, 2, 5, 9)[number % 5]):
            photo_of(person, model, 100 * number + each, unit(100 * number))
    return people


def in_memory(gallery: Gallery, model: str) -> MemoryIndex:
    return memory_index(gallery.pk, model, Kind.PEOPLE)


def in_postgresql(gallery: Gallery, model: str) -> PostgresIndex:
    found = people_index(gallery_id=gallery.pk, model_sha256=model)
    assert isinstance(found, PostgresIndex)
    return found


def told(index: GalleryIndex, probe: np.ndarray, limit: int = 10) -> list:
    return [
        (found.id, found.photos, found.searched, found.decision.outcome, round(found.decision.similarity, 5))
        for found in engine.search_templates(probe, index, limit=limit)
    ]  # fmt: skip


def everyone(index: GalleryIndex) -> dict:
    return {
        pk: (int(count), template.round(5).tolist())
        for part in index.parts()
        for pk, count, template in zip(part.ids, part.counts, part.templates, strict=True)
    }


def vectors() -> int:
    return rows("SELECT count(*) FROM verification_vector")[0][0]
