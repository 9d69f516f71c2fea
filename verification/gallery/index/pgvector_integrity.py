"""Whether each vector in PostgreSQL is there, is what its photos give, and is of somebody who is there."""

# ruff: noqa: S608  names and numbers of our own

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from ... import engine
from ...photos.storage import FileUnreadable
from .pgvector_tables import ANCHOR, Space, are_there, done, rows
from .pgvector_writing import AT_ONCE, TABLES, Row, lock_free, note, read, spaces

MISSING, STALE, FOREIGN = "vector_missing", "vector_stale", "vector_foreign"
# Half precision rounds a number by less than this share of itself, and one near nought by less than that.
ROUNDING, NOUGHT = 2**-9, 1e-6


class Stored(NamedTuple):
    """A vector as it lies in PostgreSQL."""

    person: UUID | None
    photos: int
    measured: int
    scaled: list[float]


def check(*, fix: bool) -> Iterator[tuple[str, str]]:
    """What is wrong, as a kind and a place. The site may run meanwhile: what somebody is just changing is
    passed over. With `fix`, vectors that are wrong are deleted and noted to be written anew."""
    if connection.vendor != "postgresql" or not are_there():
        return
    model = _served_model()
    for space in spaces():
        is_served = space.model_sha256 == model
        for ids in _pages(space):
            if suspects := set(_wrong(space, ids, is_served)):
                for pk, kind in _again(space, suspects, is_served, fix=fix).items():
                    yield kind, f"{space.kind} {pk}"
    yield from _of_no_space(fix=fix)


def _served_model() -> str | None:
    """Only of its vectors it is known how they are scaled."""
    try:
        return engine.served_model().sha256
    except engine.ArtifactError:
        return None


def _pages(space: Space) -> Iterator[set[UUID]]:
    """Everybody who has a vector, or may want one."""
    last = UUID(int=0)
    while page := rows(
        "(SELECT row_id FROM verification_vector "
        "WHERE space_id = %(space)s AND row_id > %(last)s ORDER BY row_id LIMIT %(part)s) UNION "
        f"(SELECT id FROM {TABLES[space.kind]} "
        "WHERE gallery_id = %(gallery)s AND id > %(last)s ORDER BY id LIMIT %(part)s) "
        "ORDER BY 1 LIMIT %(part)s",
        {"space": space.id, "gallery": space.gallery_id, "last": last, "part": AT_ONCE},
    ):
        last = page[-1][0]
        yield {pk for (pk,) in page}


def _again(space: Space, suspects: set[UUID], is_served: bool, *, fix: bool) -> dict[UUID, str]:
    """What is still wrong with these while nobody else can change them."""
    with transaction.atomic():
        locked, there = lock_free(space.kind, suspects)
        found = _wrong(space, locked | (suspects - there), is_served)
        if fix and found:
            _delete(space.id, found)
            note(space, [pk for pk, kind in found.items() if kind != FOREIGN])
    return found


def _wrong(space: Space, ids: set[UUID], is_served: bool) -> dict[UUID, str]:
    values = {"space": space.id, "ids": list(ids)}
    stored = {
        pk: Stored(*columns)
        for pk, *columns in rows(
            "SELECT row_id, person_id, photos, measured, scaled::real[] FROM verification_vector "
            "WHERE space_id = %(space)s AND row_id = ANY(%(ids)s)",
            values,
        )
    }
    noted = {
        pk
        for (pk,) in rows(
            "SELECT row_id FROM verification_vector_change "
            "WHERE space_id = %(space)s AND row_id = ANY(%(ids)s)",
            values,
        )
    }
    found = _readable(space, ids)
    wrong = {}
    for pk in ids:
        vector, row = stored.get(pk), found.get(pk)
        if vector is None:
            if row is not None and pk not in noted:
                wrong[pk] = MISSING
        elif pk not in found:
            wrong[pk] = FOREIGN
        elif row is not None and is_served and not _is_of(space, vector, row):
            wrong[pk] = STALE
    return wrong


def _readable(space: Space, ids: set[UUID]) -> dict[UUID, Row | None]:
    """As `read`, with None for whom an embedding does not open of: that is told elsewhere."""
    try:
        return {**read(space, ids)}
    except FileUnreadable:
        if len(ids) == 1:
            return dict.fromkeys(ids)
        return {pk: row for each in ids for pk, row in _readable(space, {each}).items()}


def _is_of(space: Space, vector: Stored, row: Row) -> bool:
    template, photos, person = row
    nearness = engine.nearness()
    measured = 1 if space.kind == ANCHOR else nearness.group_of(photos)
    expected = nearness.scaled(template)
    return (
        (vector.person, vector.photos, vector.measured) == (person, photos, measured)
        and len(vector.scaled) == len(expected)
        and np.allclose(vector.scaled, expected, rtol=ROUNDING, atol=NOUGHT)
    )


def _of_no_space(*, fix: bool) -> Iterator[tuple[str, str]]:
    """Vectors of galleries, or models, that nobody knows any more."""
    found: dict[int, list[UUID]] = {}
    for space, pk in rows(
        "SELECT space_id, row_id FROM verification_vector "
        "WHERE space_id NOT IN (SELECT id FROM verification_vector_space)"
    ):
        found.setdefault(space, []).append(pk)
    for space, ids in found.items():
        if fix:
            _delete(space, ids)
        yield from ((FOREIGN, f"space {space} {pk}") for pk in ids)


def _delete(space: int, ids: "dict[UUID, str] | list[UUID]") -> None:
    done(
        "DELETE FROM verification_vector WHERE space_id = %(space)s AND row_id = ANY(%(ids)s)",
        {"space": space, "ids": list(ids)},
    )
