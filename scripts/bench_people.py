"""Measure every page and endpoint that reads people, in a gallery of 100,000.

    .venv/bin/python scripts/bench_people.py [--people 100000] [--postgresql] [--only WORDS] [--repeat 5] [--everyone [tag delete]] [--json]

Makes the gallery in a database of its own, SQLite or a PostgreSQL that it starts, and asks each address
through the whole of Django, in one process: the time on the clock and the processor time of that process
(of SQLite with the database in it), each the median, and the number of queries. Whatever takes longer than
200 ms on the clock is marked. Making the gallery takes about a minute.
"""

import argparse
import contextlib
import json
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.bench_everyone import change_everyone
from tests.support.found_faces import compared
from tests.support.present import present
from tests.support.servers import installation, postgres_server

LIMIT = 200.0  # milliseconds
BATCH = 2_000
SYLLABLES = [a + b for a in "bcdfglmnprst" for b in ("a", "el", "in", "or")]
TAGS = [f"department {number}" for number in range(40)]
MANY_PHOTOS, VERDICTS, ALIKE, NAMELESS = 300, 4_000, 400, 1_000


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="faceverify-people-") as folder:
        home = Path(folder)
        with _database(home, options.postgresql, options.keep) as url:
            os.environ.clear()
            os.environ.update(
                installation(home),
                DATABASE_URL=url,
                FACEVERIFY_DEBUG="false",
                FACEVERIFY_SECRET_KEY="s" * 60,
                FACEVERIFY_ALLOWED_HOSTS="*",
                FACEVERIFY_LOG_LEVEL="ERROR",
                FACEVERIFY_API_RATE="1000000/min",
                FACEVERIFY_API_KEY_RATE="1000000/min",
                DJANGO_SETTINGS_MODULE="faceverify.settings",
            )
            found = _measured(options)
    if options.json:
        print(json.dumps(found, indent=2))
    slow = [row for row in found if row["clock_ms"] > LIMIT]
    print(f"{len(found)} addresses, {len(slow)} above {LIMIT:.0f} ms", file=sys.stderr)


@contextlib.contextmanager
def _database(home: Path, postgresql: bool, kept: str | None) -> Iterator[str]:
    if postgresql:
        with postgres_server() as url:
            yield url
    else:
        (home / "var").mkdir(mode=0o700)
        yield f"sqlite:///{kept or home / 'var' / 'db.sqlite3'}"


def _measured(options: argparse.Namespace) -> list[dict[str, Any]]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.test.utils import override_settings, setup_test_environment

    setup_test_environment(debug=False)
    logging.disable(logging.CRITICAL)  # a line a request would be measured too
    call_command("migrate", verbosity=0)
    started = time.monotonic()
    place = _Gallery(options.people)
    print(f"{options.people:,} people made in {time.monotonic() - started:.0f} s", file=sys.stderr)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        SECURE_SSL_REDIRECT=False, STORAGES=settings.STORAGES | {"staticfiles": plain}
    ):
        found = [
            _ask(place, what, url, options)
            for what, url in place.addresses()
            if options.only in f"{what} {url}"
        ]
        if not options.only:
            found += [_do(place, what, form, options) for what, form in place.orders()]
        if options.everyone is not None:
            out = sys.stderr if options.json else sys.stdout
            change_everyone(place.owner, place.gallery, place.other, options.everyone, out)
    return found


class _Gallery:
    """An account with a large gallery, and one that is nearly empty."""

    def __init__(self, people: int):
        from django.contrib.auth import get_user_model
        from django.test import Client

        from accounts.services import api_key_create
        from faceverify.api.scopes import Scope
        from verification.gallery.gallery_models import Gallery
        from verification.models import Person

        self.size, self.draw = people, random.Random(1)
        self.ids: list[Any] = []
        there = get_user_model().objects.filter(email="bench@example.org").first()
        self.owner = there or get_user_model().objects.create_superuser("bench@example.org")
        self.browser = Client()
        self.browser.force_login(self.owner)
        _row, self.key = api_key_create(owner=self.owner, name="bench", scopes=list(Scope.values))
        self.gallery = Gallery.default_of(self.owner.pk)
        self.other = Gallery.objects.create(owner=self.owner, name="Another")
        if there:
            rows = Person.objects.filter(gallery=self.gallery).order_by("created_at")
            self.ids = list(rows.values_list("pk", flat=True))
            self.person = rows.order_by("-anchor_count")[0]
        else:
            self._fill()

    def _fill(self) -> None:
        from django.db import connection
        from django.db.models import OuterRef, QuerySet, Subquery

        from verification.gallery.gallery_models import Gallery
        from verification.gallery.rows import recount, retag
        from verification.models import Anchor, Person

        people: QuerySet[Person] = QuerySet(Person)
        anchors: QuerySet[Anchor] = QuerySet(Anchor)  # what follows of them is done once, below
        for start in range(0, self.size, BATCH):
            rows = [self._person(n) for n in range(start, min(start + BATCH, self.size))]
            people.bulk_create(rows, batch_size=500)
            anchors.bulk_create(
                [self._anchor(r, n) for n, r in enumerate(rows, start)], batch_size=250
            )
            self.ids += [row.pk for row in rows]
        first = Anchor.objects.filter(person=OuterRef("pk")).order_by().values("pk")[:1]
        people.update(cover=Subquery(first))
        recount(self.ids)
        retag(self.ids)
        self.person = Person.objects.get(pk=self.ids[self.size // 2])
        photos = (self._anchor(self.person, self.size + n) for n in range(MANY_PHOTOS))
        Anchor.objects.bulk_create(photos, batch_size=500)
        nameless = (self._anchor(None, 2 * self.size + n) for n in range(NAMELESS))
        Anchor.objects.bulk_create(nameless, batch_size=500)
        self._fill_history()
        Gallery.raise_of([self.gallery.pk])  # or the first change notes all of them as changed
        if connection.vendor == "postgresql":  # what its autovacuum does by itself
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")

    def _fill_history(self) -> None:
        from django.utils import timezone

        from verification.models import Sighting, Suggestion, Verification
        from verification.sightings.writing import seen_again

        now = timezone.now()
        verdicts = [
            Verification(
                owner=self.owner, kind="person", state="done", outcome="match", similarity=0.9,
                probability=0.99, confidence=0.99, threshold=0.6, timings={"total": 14.0}, person_id=self.draw.choice(self.ids), finished_at=now,
                created_at=now - timedelta(minutes=n), model_sha256="a" * 64,
            )
            for n in range(VERDICTS)
        ]  # fmt: skip
        Verification.objects.bulk_create(verdicts, batch_size=500)
        Sighting.objects.bulk_create(
            (
                Sighting(
                    owner=self.owner,
                    person_id=present(v.person_id),
                    verification=v,
                    at=v.created_at,
                )
                for v in verdicts
            ),
            batch_size=500,
        )
        seen_again({present(verdict.person_id) for verdict in verdicts})
        pairs = zip(sorted(self.ids)[:ALIKE], sorted(self.ids)[-ALIKE:], strict=True)
        Suggestion.objects.bulk_create(
            Suggestion(owner=self.owner, first_id=low, second_id=high, similarity=0.9)
            for low, high in pairs
        )

    def _person(self, number: int) -> Any:
        from django.utils import timezone

        from verification.models import Person

        draw = self.draw
        name = " ".join("".join(draw.choices(SYLLABLES, k=3)).title() for _ in range(2))
        note = " ".join("".join(draw.choices(SYLLABLES, k=3)) for _ in range(20))
        return Person(
            owner=self.owner, gallery=self.gallery, name=name, version=1, checked_version=1,
            note=note if number % 3 == 0 else "", tags=[draw.choice(TAGS)] if number % 5 < 3 else [],
            external_id=f"E{number:07}", created_at=timezone.now() - timedelta(seconds=self.size - number),
            consent_until=timezone.now().date() + timedelta(days=5 + number % 400) if number % 50 == 0 else None,
        )  # fmt: skip

    def _anchor(self, person: Any, number: int) -> Any:
        from django.utils import timezone

        from verification.models import Anchor

        return Anchor(
            owner=self.owner, gallery=self.gallery, person=person, state=Anchor.State.READY,
            finished_at=timezone.now(), content_sha256=f"{number:064x}",
            image=f"{Anchor.ROOT}/{self.owner.pk}/{number}/image", crop="none",
            image_bytes=20_000, crop_bytes=8_000, file_name=f"photo {number}.jpg", face=compared(),
            quality=self.draw.random(), embedding=os.urandom(2_100), model_sha256="a" * 64,
            external_id=f"A{number:07}",
        )  # fmt: skip

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(what it is, its address) of everything that reads people."""
        last, one = self.size // 24, self.person
        name, rare, tag = one.name[:3].lower(), one.name.lower().replace(" ", "%20"), TAGS[7]
        for sort in ("name", "newest", "photos", "quality", "seen"):
            for page in (1, min(500, last), last):
                yield f"people by {sort}, page {page}", f"/people/?sort={sort}&page={page}"
        yield "people, found by three letters", f"/people/?q={name}"
        yield "people, found by the whole name", f"/people/?q={rare}"
        yield "people, nobody found", "/people/?q=zzzzzz"
        yield "people with a tag", f"/people/?tag={tag}"
        yield "people with a tag, by photos", f"/people/?tag={tag}&sort=photos&page=20"
        yield "a person", f"/people/{one.pk}/"
        yield "a person, edit", f"/people/{one.pk}/edit/"
        yield "a person, delete", f"/people/{one.pk}/delete/"
        yield "a person, erase", f"/people/{one.pk}/erase/"
        yield "a person, merge", f"/people/{one.pk}/merge/"
        yield "a person, merge with somebody found", f"/people/{one.pk}/merge/?q={name}"
        yield "a person, seen", f"/people/{one.pk}/seen/"
        yield "a person, live", f"/people/{one.pk}/live/"
        yield "add a person", "/people/new/"
        yield "compare with a person", f"/people/{one.pk}/verify/"
        yield "compare", "/compare/"
        yield "search among all", "/identify/"
        yield "search all on a group photo", "/identify/group/"
        yield (
            "name a face, picker",
            f"/galleries/{self.gallery.pk}/faces/name/?ids={self._nameless()}",
        )
        yield "galleries", "/galleries/"
        yield "a gallery", f"/galleries/{self.gallery.pk}/"
        yield "a gallery, delete", f"/galleries/{self.gallery.pk}/delete/"
        yield "a gallery, nameless faces", f"/galleries/{self.gallery.pk}/faces/"
        yield "unknown faces", "/people/unknown/"
        yield "thresholds", "/calibration/"
        yield "changes", "/people/changes/"
        yield "imports", "/people/import/"
        yield "exports", "/people/export/"
        yield "history", "/history/"
        yield "history, found by a name", f"/history/?q={name}"
        yield "reviews to do", "/history/review/"
        yield "dashboard", "/history/dashboard/"
        yield "account", "/account/"
        yield "account, retention", "/account/retention/"
        yield "account, close", "/account/close/"
        yield "account, downloads", "/account/downloads/"
        yield "console", "/console/"
        yield "console, users", "/console/users/"
        yield "console, a user", f"/console/users/{self.owner.pk}/"
        yield "model", "/model/"
        for sort in ("oldest", "name", "newest", "photos", "quality", "seen"):
            yield f"API, people by {sort}", f"/api/v1/people/?sort={sort}"
        yield "API, people of a gallery", f"/api/v1/people/?gallery={self.gallery.pk}&page_size=100"
        yield "API, people found", f"/api/v1/people/?q={name}&sort=name"
        yield "API, people with a tag", f"/api/v1/people/?tag={tag}"
        yield "API, people by external id", "/api/v1/people/?external_id=E0000077"
        yield "API, a person", f"/api/v1/people/{one.pk}/"
        yield "API, anchors of a person", f"/api/v1/people/{one.pk}/anchors/"
        yield "API, galleries", "/api/v1/galleries/"
        yield "API, a gallery", f"/api/v1/galleries/{self.gallery.pk}/"
        yield "API, anchors of a gallery", f"/api/v1/galleries/{self.gallery.pk}/anchors/"
        yield "API, nameless anchors", f"/api/v1/galleries/{self.gallery.pk}/anchors/?nameless=true"
        yield (
            "API, anchors by external id",
            f"/api/v1/galleries/{self.gallery.pk}/anchors/?external_id=A0000077",
        )
        yield "API, suggestions", "/api/v1/suggestions/"
        yield "API, changes", "/api/v1/changes/"
        yield "API, retention", "/api/v1/retention/"
        yield "API, usage", "/api/v1/usage/"
        yield "API, verifications found by a name", f"/api/v1/verifications/?q={name}"

    def _nameless(self) -> str:
        from verification.models import Anchor

        return str(
            Anchor.objects.filter(gallery=self.gallery, person=None).values_list("pk", flat=True)[0]
        )

    def orders(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """What is done with selected people, in the order in which it is done; not repeated."""
        everyone = {"everyone": "yes", "label": "new tag"}
        yield "select a page, tag", {"ids": self.ids[:24], "action": "tag", "label": "few"}
        for action in ("tag", "untag", "delete"):
            yield f"select everyone, {action} (asks)", {**everyone, "action": action}
        yield "select 200, move", {"ids": self.ids[:200], "action": "move", "to": self.other.pk}
        yield (
            "select 20, merge",
            {
                "ids": self.ids[200:220],
                "action": "merge",
                "into": self.ids[200],
                "confirmed": "yes",
            },
        )
        yield (
            "select 200, delete",
            {"ids": self.ids[300:500], "action": "delete", "confirmed": "yes"},
        )


def _ask(place: _Gallery, what: str, url: str, options: argparse.Namespace) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {place.key}"} if url.startswith("/api/") else {}

    def get() -> None:
        answer = place.browser.get(url, headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"{url} answers {answer.status_code}")

    return _told(what, get, options.repeat, options)


def _do(
    place: _Gallery, what: str, form: dict[str, Any], options: argparse.Namespace
) -> dict[str, Any]:
    def post() -> None:
        answer = place.browser.post("/people/selected/", form)
        if answer.status_code not in (200, 302):
            raise SystemExit(f"{what}: answers {answer.status_code}")

    return _told(what, post, 0, options)


def _told(
    what: str, work: Callable[[], None], repeat: int, options: argparse.Namespace
) -> dict[str, Any]:
    """`work` once with its queries counted, and measured, then `repeat` times more."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        times = [_timed(work)]
        asked = list(queries.captured_queries)
    if repeat:
        times = [_timed(work) for _ in range(repeat)]
    clock, processor = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    if not options.json:
        mark = "  <-- slow" if clock > LIMIT else ""
        print(
            f"{what:45} {clock:8.1f} ms {processor:8.1f} ms of CPU {len(asked):4} queries{mark}",
            flush=True,
        )
        if mark and options.queries:
            for query in sorted(asked, key=lambda q: -float(q["time"]))[:3]:
                print("     ", query["time"], query["sql"][:1500])
    return {"what": what, "clock_ms": clock, "processor_ms": processor, "queries": len(asked)}


def _timed(work: Callable[[], None]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    parser.add_argument(
        "--keep", help="a file for SQLite's database, which is taken again if it is there"
    )
    parser.add_argument("--only", default="", help="what these words are in")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--everyone", nargs="*", help="also change everybody, by these actions")
    parser.add_argument("--queries", action="store_true", help="show the slowest of what is slow")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
