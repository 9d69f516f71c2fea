"""What the vectors of a gallery are made of, and writing those that are missing."""

# ruff: noqa: S608  names and numbers of our own

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import QuerySet

from ... import engine
from ..embeddings import decrypt_embedding
from ..models import Anchor
from .pgvector_tables import ANCHOR, PERSON, Space, done, partition_of, rows

AT_ONCE = 500  # vectors written in one transaction
GRAPH_FROM = 10_000  # vectors; fewer are compared one by one, which is exact and as fast
TABLES = {PERSON: "verification_person", ANCHOR: "verification_anchor"}

# A template float32 (d,), the photos behind it, and the person, None for a photo of nobody named.
Row = tuple[np.ndarray, int, UUID | None]


def space_of(gallery_id: UUID, model_sha256: str, kind: str) -> Space | None:
    """None where there is none."""
    found = spaces("AND gallery_id = %(gallery)s AND model_sha256 = %(model)s AND kind = %(kind)s",
        gallery=gallery_id, model=model_sha256, kind=kind,
    )  # fmt: skip
    return found[0] if found else None


def spaces(where: str = "", **values: object) -> list[Space]:
    return [
        Space(*row)
        for row in rows(
            "SELECT id, gallery_id, model_sha256, kind, is_ready FROM verification_vector_space "
            f"WHERE true {where} ORDER BY id",
            values,
        )
    ]


def open_space(gallery_id: UUID, model_sha256: str, kind: str) -> Space | None:
    """A space in which everything is still to be written; None when the gallery is gone."""
    ((id,),) = rows("SELECT nextval('verification_vector_space_id_seq')")
    # One that a backup brought along, empty, with a number that is free again.
    done(f"DROP TABLE IF EXISTS {partition_of(id)}")
    done(f"CREATE TABLE {partition_of(id)} PARTITION OF verification_vector FOR VALUES IN ({id})")
    values = {"id": id, "gallery": gallery_id, "model": model_sha256, "kind": kind}
    with transaction.atomic():
        # Whoever changes the gallery has noted it before, or sees the space: see the triggers.
        if not rows("SELECT 1 FROM verification_gallery WHERE id = %(gallery)s FOR UPDATE", values):
            return None
        if earlier := space_of(gallery_id, model_sha256, kind):
            return earlier  # two opened it at once
        done(
            "INSERT INTO verification_vector_space (id, gallery_id, model_sha256, kind) "
            "VALUES (%(id)s, %(gallery)s, %(model)s, %(kind)s)",
            values,
        )
        only = {PERSON: "true", ANCHOR: "state = 'ready' AND model_sha256 = %(model)s"}[kind]
        done(
            "INSERT INTO verification_vector_change (space_id, row_id) "
            f"SELECT %(id)s, id FROM {TABLES[kind]} "
            f"WHERE gallery_id = %(gallery)s AND deleted_in_id IS NULL AND {only}",
            values,
        )
    return Space(id, gallery_id, model_sha256, kind, False)


def close_space(space: Space) -> None:
    """Remove a space with all its vectors."""
    values = {"id": space.id}
    done("DELETE FROM verification_vector_space WHERE id = %(id)s", values)
    done("DELETE FROM verification_vector_change WHERE space_id = %(id)s", values)
    done(f"DROP TABLE IF EXISTS {space.partition}")


def drop_left_partitions() -> None:
    """Those of galleries that are gone, and of runs that were cut off."""
    there = rows("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'verification_vector'::regclass")  # fmt: skip
    used = {space.partition for space in spaces()}
    for (partition,) in there:
        if partition not in used:
            done(f"DROP TABLE IF EXISTS {partition}")


def read(space: Space, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """Those of these people, or photos, that a search compares, as they are now."""
    wanted = list(ids)
    ready = Anchor.objects.filter(
        gallery=space.gallery_id, state=Anchor.State.READY, model_sha256=space.model_sha256
    ).order_by()
    if space.kind == ANCHOR:
        found = ready.filter(pk__in=wanted).values_list("pk", "person_id", "embedding")
        return {pk: (decrypt_embedding(stored), 1, person) for pk, person, stored in found}
    return _people(ready.filter(person__in=wanted, person__deleted_in=None))


def _people(ready: QuerySet[Anchor]) -> dict[UUID, Row]:
    sums: dict[UUID, np.ndarray] = {}
    counts: dict[UUID, int] = {}
    for person, stored in ready.values_list("person_id", "embedding"):
        embedding = decrypt_embedding(stored)
        sums[person] = sums[person] + embedding if person in sums else embedding
        counts[person] = counts.get(person, 0) + 1
    return {pk: (engine.template(total[None]), counts[pk], pk) for pk, total in sums.items()}


def settle(space: Space, tell: Callable[[int], None] = lambda _written: None) -> dict[UUID, Row]:
    """Write the vectors that are missing since something changed.

    Those whose person, or anchor, somebody else has locked at this moment cannot be written now: they
    are returned, as they were before. `tell` is told after each part how many were written.
    """
    unwritten: dict[UUID, Row] = {}
    last = 0
    while noted := rows(
        "SELECT id, row_id FROM verification_vector_change "
        "WHERE space_id = %(space)s AND id > %(last)s ORDER BY id LIMIT %(part)s",
        {"space": space.id, "last": last, "part": AT_ONCE},
    ):
        last = noted[-1][0]
        ids = {row for _id, row in noted}
        with transaction.atomic():
            locked, there = lock_free(space.kind, ids)
            found = read(space, ids)
            _write(space, locked, found)
            settled = locked | (ids - there)
            done(
                "DELETE FROM verification_vector_change WHERE id IN (SELECT id FROM "
                "verification_vector_change WHERE id = ANY(%(ids)s) FOR UPDATE SKIP LOCKED)",
                {"ids": [id for id, row in noted if row in settled]},
            )
        for pk in settled:
            unwritten.pop(pk, None)
        unwritten |= {pk: row for pk, row in found.items() if pk not in settled}
        tell(len(settled))
    return unwritten


def note(space: Space, ids: list[UUID]) -> None:
    """That the vectors of these are to be written, by the next who searches or builds."""
    done(
        "INSERT INTO verification_vector_change (space_id, row_id) "
        "SELECT %(space)s, unnest(%(ids)s::uuid[])",
        {"space": space.id, "ids": ids},
    )


def lock_free(kind: str, ids: set[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Of these people or anchors those that nobody else has locked, and those that there are at all."""
    values: dict[str, Any] = {"ids": list(ids)}
    query = f"SELECT id FROM {TABLES[kind]} WHERE id = ANY(%(ids)s)"
    locked = {pk for (pk,) in rows(f"{query} FOR NO KEY UPDATE SKIP LOCKED", values)}
    return locked, {pk for (pk,) in rows(query, values)}


def _write(space: Space, locked: set[UUID], found: dict[UUID, Row]) -> None:
    """The vectors of those who are locked, in place of former ones."""
    done(
        "DELETE FROM verification_vector WHERE space_id = %(space)s AND row_id = ANY(%(ids)s)",
        {"space": space.id, "ids": list(locked)},
    )
    written = [(pk, *found[pk]) for pk in locked if pk in found]
    if not written:
        return
    nearness = engine.nearness()
    vectors = nearness.scaled(np.stack([template for _pk, template, _count, _person in written]))
    with connection.cursor() as cursor, cursor.cursor.copy(
        "COPY verification_vector (space_id, row_id, person_id, photos, measured, scaled) FROM STDIN"
    ) as copy:  # fmt: skip
        for (pk, _template, count, person), vector in zip(written, vectors, strict=True):
            measured = 1 if space.kind == ANCHOR else nearness.group_of(count)
            copy.write_row((space.id, pk, person, count, measured, as_text(vector)))


def as_text(vector: np.ndarray) -> str:
    """As pgvector reads it; five digits are more than a half-precision number has."""
    return "[" + ",".join([f"{value:.5g}" for value in vector.tolist()]) + "]"
