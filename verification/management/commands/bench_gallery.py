"""How fast a gallery is searched, and how fast its pages load, on a gallery made for it."""

import logging
import multiprocessing
import tempfile
import time
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import connection, connections, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from verification import engine
from verification.engine import record
from verification.gallery.block_models import Kind
from verification.gallery.embeddings import encrypt_embedding
from verification.gallery.gallery_models import Gallery
from verification.gallery.index import GalleryIndex, anchors_index, in_memory, people_index
from verification.gallery.locks import changed
from verification.gallery.models import Anchor, Person

BATCH = 2000
CHILDREN = 3
FEW = 10_000  # people from which on memory is told
MOST_PHOTOS = 100_000  # searched one by one: they need as much memory again


class Command(BaseCommand):
    help = (
        "Measure search in galleries of 10,000 and 100,000 people, and the pages of a gallery of "
        "1,000 people with 10,000 photos. Works in a database of its own, which is removed."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--repeat", type=int, default=20, help="runs of each measurement")
        parser.add_argument(
            "--sizes", type=int, nargs="+", default=[10_000, 100_000], help="people to search"
        )
        parser.add_argument(
            "--search-only", action="store_true", help="without the pages of a gallery"
        )

    def handle(self, *args, **options) -> None:
        self.repeat = options["repeat"]
        self.table: dict[int, list[str]] = {}  # by people, for docs/search.md
        logging.disable(logging.CRITICAL)  # a line a request would be measured too
        self.size = engine.model_info().embedding_size
        engine.serve(record.folder())  # the database to come records no model
        name = connection.settings_dict["NAME"]
        if connection.vendor == "sqlite":  # in a file: other processes read it too
            folder = tempfile.TemporaryDirectory(dir=settings.VAR_DIR)
            connection.settings_dict["TEST"]["NAME"] = str(Path(folder.name) / "db.sqlite3")
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            for size in options["sizes"]:
                self._measure_search(size)
            self._tell_table()
            if not options["search_only"]:
                self._measure_pages()
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)

    def _measure_search(self, people: int) -> None:
        began = time.perf_counter()
        owner = make_gallery(people, people)
        self.stdout.write(f"{people:,} people: made in {time.perf_counter() - began:.0f} s")
        gallery = Gallery.default_of(owner.pk).pk
        model = engine.served_model().sha256
        self.table[people] = []
        probe = _embeddings(1, self.size, seed=1)[0]

        def read(kind=people_index):
            return kind(gallery_id=gallery, model_sha256=model)

        def search():
            return engine.search_templates(probe, read())

        self._tell(f"{people:,} people: first read, from the photos' numbers", [_timed(read)])
        in_memory.forget_all()
        from_blocks = self._tell(f"{people:,} people: first read, from blocks", [_timed(read)])
        self._compare(people, probe, read(), search)

        def search_photos():
            return engine.search_anchors(engine.ComparableFace(probe, ()), read(anchors_index))

        if people <= MOST_PHOTOS:
            self._tell(f"{people:,} photos: search of each by itself", self._times(search_photos))
        one = Person.objects.filter(owner=owner)[0]

        def after(change):
            change()
            return _timed(search)

        def delete_one():
            Anchor.objects.filter(gallery=gallery, person__isnull=False)[0].delete()
            Gallery.raise_of([gallery])

        for what, change in (("a change", lambda: changed(one.pk)), ("a deletion", delete_one)):
            times = [after(change) for _ in range(5)]
            self.table[people].append(self._tell(f"{people:,} people: search after {what}", times))
        self.table[people].append(from_blocks)
        if people >= FEW:
            self._measure_memory(people, gallery, model, probe)

    def _compare(self, people: int, probe: np.ndarray, index: GalleryIndex, search) -> None:
        """Beside a search of the whole matrix in NumPy, in turns."""
        everyone = list(index.parts())
        matrix = np.concatenate([part.templates for part in everyone])
        counts = np.concatenate([part.counts for part in everyone])
        ids = [pk for part in everyone for pk in part.ids]
        whole = engine.Shortlist(ids, list(ids), matrix, counts, size=len(ids))

        def plain():
            return engine.search_templates(probe, whole)

        if [one.id for one in plain()] != [one.id for one in search()]:
            raise SystemExit("The two searches found different people.")
        turns = [(_timed(search), _timed(plain)) for _ in range(self.repeat)]
        ours, theirs = zip(*turns, strict=True)
        self.table[people].append(self._tell(f"{people:,} people: search", list(ours)))
        self._tell(f"{people:,} people: search of the whole matrix in NumPy", list(theirs))

    def _measure_memory(self, people: int, gallery: UUID, model: str, probe: np.ndarray) -> None:
        """What several processes take together, each searching; and what is each one's own."""
        matrix = people * self.size * 4 / 1024**2
        ready, done = multiprocessing.Barrier(CHILDREN + 1), multiprocessing.Barrier(CHILDREN + 1)
        children = [
            multiprocessing.Process(
                target=_search_and_wait, args=(gallery, model, probe, ready, done)
            )
            for _ in range(CHILDREN)
        ]
        connections.close_all()
        for child in children:
            child.start()
        ready.wait()
        shared = in_memory.used_bytes(gallery, model, Kind.PEOPLE) / 1024**2
        own = [_own_megabytes(child.pid or 0) for child in children]
        self.stdout.write(
            f"{people:,} people: {shared:,.0f} MB of templates for {CHILDREN + 1} processes together, "
            f"{shared / matrix:.2f} times the matrix in float32; a process that has searched has "
            f"{max(own):,.0f} MB of its own"
        )
        self.table[people].append(f"{shared / matrix:.2f}")
        done.wait()
        for child in children:
            child.join()

    def _tell_table(self) -> None:
        """As it stands in docs/search.md."""
        self.stdout.write(
            "\n| people | search | after a change | after a deletion | first read | memory |"
        )
        self.stdout.write("| --- | --- | --- | --- | --- | --- |")
        for people, figures in self.table.items():
            cells = [f"{people:,}", *figures, *[""] * (5 - len(figures))]
            self.stdout.write(f"| {' | '.join(cells)} |")
        self.stdout.write("")

    def _measure_pages(self) -> None:
        owner = make_gallery(1_000, 10_000)
        person = Person.objects.filter(owner=owner)[0]
        client = Client()
        client.force_login(owner)
        urls = {
            "page of people": "/people/",
            "page of people, search": "/people/?q=77",
            "page of a person": f"/people/{person.pk}/",
            "API, list of people": "/api/v1/people/",
            "API, anchors of a person": f"/api/v1/people/{person.pk}/anchors/",
        }
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(
            ALLOWED_HOSTS=["*"],
            SECURE_SSL_REDIRECT=False,
            STORAGES=settings.STORAGES | {"staticfiles": plain},
        ):
            for what, url in urls.items():
                reset_queries()
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    answer = client.get(url)
                if answer.status_code != 200:
                    raise SystemExit(f"{url} answers {answer.status_code}")
                number = len(queries)
                times = self._times(lambda url=url: client.get(url))
                self._tell(f"1,000 people, 10,000 photos: {what}, {number} queries", times)

    def _times(self, work) -> list[tuple[float, float]]:
        work()
        return [_timed(work) for _ in range(self.repeat)]

    def _tell(self, what: str, times: list[tuple[float, float]]) -> str:
        """Tell it; the time on the clock."""
        wall, cpu = np.median(times, axis=0) * 1000
        self.stdout.write(f"{what}: {wall:.1f} ms, {cpu:.1f} ms of CPU (median of {len(times)})")
        return f"{wall:.1f} ms"


def make_gallery(people: int, anchors: int):
    """An account whose gallery has so many people, and as many photos of each; in one transaction, since
    each has its price."""
    owner = get_user_model().objects.create_user(f"bench-{people}-{anchors}@example.org")
    model, size = engine.served_model().sha256, engine.model_info().embedding_size
    each, gallery = anchors // people, Gallery.default_of(owner.pk)
    with transaction.atomic():
        for start in range(0, people, BATCH):
            rows = [
                Person(owner=owner, gallery=gallery, name=f"Person {n:06}", version=1)
                for n in range(start, min(start + BATCH, people))
            ]
            Person.objects.bulk_create(rows)
            numbers = range(start * each, (start + len(rows)) * each)
            embeddings = _embeddings(len(numbers), size, seed=start)
            Anchor.objects.bulk_create(
                [
                    _anchor(owner, rows[(n - start * each) // each], n, e, model)
                    for n, e in zip(numbers, embeddings, strict=True)
                ],
                batch_size=BATCH,
            )
        Gallery.raise_of([gallery.pk])
    return owner


def _timed(work) -> tuple[float, float]:
    """Seconds on the clock, and of this process's CPU time, which a busy machine does not change."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def _embeddings(number: int, size: int, seed: int) -> np.ndarray:
    """Random points on the unit sphere, float32 (number, size)."""
    found = np.random.default_rng(seed).normal(size=(number, size)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _anchor(owner, person: Person, number: int, embedding: np.ndarray, model: str) -> Anchor:
    return Anchor(
        owner=owner,
        person=person,
        state=Anchor.State.READY,
        finished_at=person.created_at,
        content_sha256=f"{number:064x}",
        crop="none",
        quality=0.9,
        face={"quality": {}, "count": 1},
        embedding=encrypt_embedding(embedding),
        model_sha256=model,
    )


def _search_and_wait(gallery: UUID, model: str, probe: np.ndarray, ready, done) -> None:
    in_memory.detach_all()
    people = people_index(gallery_id=gallery, model_sha256=model)
    engine.search_templates(probe, people)
    ready.wait()
    done.wait()


def _own_megabytes(pid: int) -> float:
    """What a process has written that it shares with none; templates are shared."""
    is_templates, total = False, 0
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        name, *values = line.split()
        if not name.endswith(":"):
            is_templates = "memfd:faceverify" in line
        elif not is_templates and name == "Private_Dirty:":
            total += int(values[0])
    return total / 1024
