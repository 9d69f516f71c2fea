"""How fast a gallery is searched, and how fast its pages load, on a gallery made for it."""

import logging
import time

import numpy as np
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from verification import engine
from verification.engine import record
from verification.gallery.embeddings import encrypt_embedding
from verification.gallery.gallery_models import Gallery
from verification.gallery.index import anchors_index, people_index
from verification.gallery.locks import changed
from verification.gallery.models import Anchor, Person

BATCH = 2000


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

    def handle(self, *args, **options) -> None:
        self.repeat = options["repeat"]
        logging.disable(logging.CRITICAL)  # a line a request would be measured too
        self.size = engine.model_info().embedding_size
        engine.serve(record.folder())  # the database to come records no model
        name = connection.settings_dict["NAME"]
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        try:
            for size in options["sizes"]:
                self._measure_search(size)
            self._measure_pages()
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)

    def _measure_search(self, people: int) -> None:
        owner = self._gallery(people, people)
        gallery = Gallery.default_of(owner.pk).pk
        model = engine.served_model().sha256
        probe = _embeddings(1, self.size, seed=1)[0]

        def read():
            return people_index(gallery_id=gallery, model_sha256=model)

        def search():
            found = read()
            return engine.search_templates(probe, found)

        self._tell(f"{people:,} people: first read of a worker", [_timed(read)])
        self._tell(f"{people:,} people: search", self._times(search))

        def search_photos():
            photos = anchors_index(gallery_id=gallery, model_sha256=model)
            return engine.search_anchors(engine.ComparableFace(probe, ()), photos)

        self._tell(f"{people:,} photos: search of each by itself", self._times(search_photos))
        one = Person.objects.filter(owner=owner)[0]

        def after_a_change():
            changed(one.pk)
            return _timed(search)

        self._tell(
            f"{people:,} people: search after a change", [after_a_change() for _ in range(5)]
        )

    def _measure_pages(self) -> None:
        owner = self._gallery(1_000, 10_000)
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

    def _gallery(self, people: int, anchors: int):
        owner = get_user_model().objects.create_user(f"bench-{people}-{anchors}@example.org")
        model = engine.served_model().sha256
        rows = [Person(owner=owner, name=f"Person {n:06}", version=1) for n in range(people)]
        Person.objects.bulk_create(rows, batch_size=BATCH)
        each = anchors // people
        for start in range(0, anchors, BATCH):
            numbers = range(start, min(start + BATCH, anchors))
            embeddings = _embeddings(len(numbers), self.size, seed=start)
            Anchor.objects.bulk_create(
                _anchor(owner, rows[n // each], n, e, model)
                for n, e in zip(numbers, embeddings, strict=True)
            )
        Gallery.raise_of([rows[0].gallery_id])
        return owner

    def _times(self, work) -> list[tuple[float, float]]:
        work()
        return [_timed(work) for _ in range(self.repeat)]

    def _tell(self, what: str, times: list[tuple[float, float]]) -> None:
        wall, cpu = np.median(times, axis=0) * 1000
        self.stdout.write(f"{what}: {wall:.1f} ms, {cpu:.1f} ms of CPU (median of {len(times)})")


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
