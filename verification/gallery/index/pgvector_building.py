"""Moving a gallery to PostgreSQL: its vectors first, then the graphs by which they are found."""

from collections.abc import Callable
from uuid import UUID

from django.db import connection

from ... import engine
from .pgvector_tables import PERSON, Space, done, rows
from .pgvector_writing import GRAPH_FROM, open_space, settle, space_of

# What pgvector builds with by default; more connections found nobody more in embeddings of faces.
GRAPH = "m = 16, ef_construction = 64"
TOLD = 50_000  # vectors between two words about how far it is


def build(
    gallery_id: UUID,
    model_sha256: str,
    kind: str,
    *,
    memory: str | None = None,
    tell: Callable[[str], None] = lambda _said: None,
) -> Space | None:
    """Write what is missing, make the graphs that are, and have searches use them; None when the gallery
    is gone. The site may run meanwhile.

    Args:
        memory: of PostgreSQL for building a graph, as "4GB". It is set for the session: not through
            PgBouncer in transaction mode.
    """
    space = space_of(gallery_id, model_sha256, kind) or open_space(gallery_id, model_sha256, kind)
    if space is None:
        return None
    written = 0

    def count(number: int) -> None:
        nonlocal written
        if written // TOLD != (written + number) // TOLD:
            tell(f"{written + number} written")
        written += number

    settle(space, count)
    if memory:
        done("SELECT set_config('maintenance_work_mem', %(memory)s, false)", {"memory": memory})
    _make_graphs(space, tell)
    done(f"ANALYZE {space.partition}")
    done("UPDATE verification_vector_space SET is_ready = true WHERE id = %(id)s", {"id": space.id})
    return space_of(gallery_id, model_sha256, kind)


def _make_graphs(space: Space, tell: Callable[[str], None]) -> None:
    """One for each group with enough vectors: a search of one group meets no other in its graph."""
    nearness = engine.nearness()
    size = nearness.scale.size
    operators = "halfvec_l2_ops" if nearness.power == 2 else "halfvec_l1_ops"
    groups = rows(
        f"SELECT measured, count(*) FROM {space.partition} GROUP BY measured"  # noqa: S608
    )
    # Writers need not wait for it, but it cannot be a part of a transaction.
    way = "" if connection.in_atomic_block else "CONCURRENTLY"
    for group, vectors in sorted(groups):
        name = f"{space.partition}_graph_{group}"
        if vectors < GRAPH_FROM or _is_whole(name):
            continue
        tell(
            f"a graph of the {vectors} {'people' if space.kind == PERSON else 'photos'} of {group}"
        )
        done(f"DROP INDEX IF EXISTS {name}")
        done(
            f"CREATE INDEX {way} {name} ON {space.partition} "
            f"USING hnsw ((scaled::halfvec({size})) {operators}) WITH ({GRAPH}) WHERE measured = {group}"
        )


def _is_whole(index: str) -> bool:
    """Whether it is there; one whose making was cut off is not."""
    found = rows(
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%(name)s)", {"name": index}
    )
    return bool(found and found[0][0])
