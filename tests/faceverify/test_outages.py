"""What the server lacks at the moment is answered as such, never as an error of ours, and nothing
is lost by it. Real servers are stopped here, a real disk is filled, a real database is locked."""

import contextlib
import re
import time
from collections.abc import Iterator
from uuid import uuid4

import pytest
import requests

from tests.support.faces import make_face
from tests.support.outages import filled, locked, read_only, small_disk
from tests.support.present import present
from tests.support.problems import MEMBERS
from tests.support.programs import Client
from tests.support.routes import addresses
from tests.support.servers import (
    PASSWORD,
    Site,
    eventually,
    free_port,
    postgres_cluster,
    redis_server,
    site,
)

pytestmark = pytest.mark.server

EMAIL = "owner@example.org"
NEED_NOTHING = ("/health/live", "/static/img/favicon.svg")


class Person:
    """A browser in which somebody is signed in, or nobody yet."""

    def __init__(self, place: Site):
        self.place, self.session = place, requests.Session()
        self.session.headers["Connection"] = "close"

    def get(self, address: str) -> requests.Response:
        return self.session.get(self.place.url + address, timeout=60, allow_redirects=False)

    def post(self, address: str, data: dict, form: str = "", **options) -> requests.Response:
        """Sent with the token of the page `form`, which was read before."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        return self.session.post(
            self.place.url + address,
            data | {"csrfmiddlewaretoken": present(token)[1]},
            timeout=60,
            allow_redirects=False,
            **options,
        )

    def sign_in(self) -> requests.Response:
        form = self.get("/accounts/login/").text
        return self.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD}, form)


def program(place: Site, key: str) -> requests.Session:
    client = requests.Session()
    client.headers.update({"Authorization": f"Bearer {key}", "Connection": "close"})
    return client


def walk(place: Site, key: str, person: Person) -> dict[str, requests.Response]:
    """Every address, read by whoever it is for."""
    api = program(place, key)
    return {
        address: api.get(place.url + address, timeout=60)
        if address.startswith("/api/")
        else person.get(address)
        for address in addresses()
        if address != "/accounts/logout/"
    }


SOON = 45  # seconds, on a machine that does much else; who hangs takes for ever


@contextlib.contextmanager
def soon() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


@pytest.mark.slow
@pytest.mark.postgres
def test_postgresql_that_hangs_is_told_soon_and_costs_no_try(tmp_path):
    with (
        postgres_cluster() as database,
        site(tmp_path, DATABASE_URL=database.url, FACEVERIFY_DATABASE_SECONDS="3") as place,
    ):
        key = place.new_key(EMAIL)
        place.start_web().start_worker()
        client, person = Client(place, key), Person(place)
        assert person.sign_in().status_code == 302
        first = client.submit(make_face(1), make_face(1, 1)).json()["id"]
        client.finished(first)
        second = client.submit(make_face(1), make_face(1, 1)).json()["id"]

        with database.paused():  # the connections of web and worker are open
            for _time in range(2):  # and then there is none
                with soon():
                    page = person.get("/history/")
                with soon():
                    answer = client.submit(make_face(2), make_face(2, 1))
                with soon():
                    health = requests.get(f"{place.url}/health/ready", timeout=60)
                assert_outage(page, 503, "database_unavailable")
                assert_outage(answer, 503, "database_unavailable")
                assert (health.status_code, health.json()["database"]) == (503, "unreachable")

        eventually(
            lambda: (
                requests.get(f"{place.url}/health/ready", timeout=60).json()["database"] == "ok"
            ),
            "the database to be found again",
        )
        assert client.finished(second)["outcome"] == "match"
        assert place.row(second)["attempts"] == 1
        third = client.submit(make_face(2), make_face(2, 1)).json()["id"]
        assert client.finished(third)["outcome"] == "match"
        assert person.get("/history/").status_code == 200


def assert_outage(answer: requests.Response, status: int, code: str) -> None:
    assert answer.status_code == status, (answer.url, answer.status_code, answer.text[:500])
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["X-Request-ID"]
    if "/api/" in answer.url:
        body = answer.json()
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert body.keys() >= MEMBERS
        assert (body["status"], body["code"]) == (status, code), answer.url
    else:
        assert "Wait a moment, then reload this page" in answer.text or (
            "wait a moment, then reload this page" in answer.text
        )
        assert "default-src" in answer.headers["Content-Security-Policy"]


@pytest.mark.redis
@pytest.mark.postgres
@pytest.mark.parametrize("debug", ["false", pytest.param("true", marks=pytest.mark.slow)])
def test_redis_away_costs_nothing_but_time_and_postgresql_away_is_told(tmp_path, debug):
    port = free_port()
    with postgres_cluster() as database, contextlib.ExitStack() as redis:
        redis.enter_context(redis_server(port))
        with site(
            tmp_path,
            DATABASE_URL=database.url,
            REDIS_URL=f"redis://127.0.0.1:{port}/0",
            FACEVERIFY_DEBUG=debug,
        ) as place:
            key = place.new_key(EMAIL, scopes=["admin", "verify", "gallery:read", "history:read"])
            place.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
            place.start_web()
            person, stranger, client = Person(place), Person(place), Client(place, key)
            assert person.sign_in().status_code == 302
            before = walk(place, key, person)
            form = person.get("/compare/").text

            redis.close()  # Redis is gone

            now = {
                address: answer.status_code for address, answer in walk(place, key, person).items()
            }
            assert now == {address: answer.status_code for address, answer in before.items()} | {
                "/health/ready": now["/health/ready"]
            }
            assert Person(place).sign_in().status_code == 302
            sent = client.submit(make_face(1), make_face(2))
            assert sent.status_code == 202
            assert "RateLimit" in sent.headers

            database.stop()

            answers = walk(place, key, person)
            for address, answer in answers.items():
                if address in NEED_NOTHING or answer.status_code < 500:
                    assert before[address].status_code == answer.status_code, address
                elif not address.startswith(("/health/", "/metrics")):
                    assert_outage(answer, 503, "database_unavailable")
            for address in NEED_NOTHING:
                assert person.get(address).status_code == 200
            assert sum(answer.status_code == 503 for answer in answers.values()) > len(answers) / 2
            assert answers["/history/"].status_code == answers["/api/v1/people/"].status_code == 503
            login = stranger.get("/accounts/login/")
            assert login.status_code == 200
            data = {"login": EMAIL, "password": PASSWORD}
            assert_outage(
                stranger.post("/accounts/login/", data, login.text), 503, "database_unavailable"
            )
            photos = {"probe": ("a.jpg", make_face(1)), "reference": ("b.jpg", make_face(2))}
            page = person.post("/compare/", {"false_match_rate": "0.001"}, form, files=photos)
            assert_outage(page, 503, "database_unavailable")
            assert "What you sent is not lost" in page.text
            script = person.post(
                "/compare/",
                {"false_match_rate": "0.001"},
                form,
                files=photos,
                headers={"Accept": "application/json"},
            )
            assert "is still here" in script.json()["errors"]["__all__"][0]

            database.start()

            assert client.get(sent.json()["id"])["state"] == "pending"
            now = {
                address: answer.status_code for address, answer in walk(place, key, person).items()
            }
            assert {s for a, s in now.items() if not a.startswith("/health/")} < {*range(200, 500)}
            assert "Traceback" not in place.log("web")


def in_the_middle(place: Site, client: requests.Session, key: str, **options) -> requests.Response:
    return client.post(
        f"{place.url}/api/v1/verifications/",
        files={"probe": ("a.jpg", make_face(1)), "reference": ("b.jpg", make_face(2))},
        headers={"Idempotency-Key": key},
        timeout=90,
        **options,
    )


@pytest.mark.postgres
def test_postgresql_lost_in_the_middle_of_a_request_and_the_same_key_again(tmp_path):
    """`?wait=` holds the request while the server goes away, after what it made was committed."""
    from concurrent.futures import ThreadPoolExecutor

    with postgres_cluster() as database, site(tmp_path, DATABASE_URL=database.url) as place:
        client = program(place, place.new_key())
        place.start_web()
        place.ask(
            "from verification.jobs.recovery import worker_seen; from uuid import uuid4\n"
            "worker_seen(id=uuid4(), name='one that never answers')"
        )
        key = str(uuid4())
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(in_the_middle, place, client, key, params={"wait": 10})
            rows = "from verification.models import Verification as V; print(V.objects.count())"
            eventually(lambda: int(place.ask(rows)), "what it made")
            database.stop()
            assert_outage(first.result(), 503, "database_unavailable")

        database.start()
        again = in_the_middle(place, client, key)

        assert again.status_code == 202, again.text
        assert int(place.ask(rows)) == 1


def test_a_full_disk_is_507_reading_goes_on_and_the_same_key_works_when_there_is_room(tmp_path):
    with small_disk(tmp_path / "disk", 40) as disk, site(disk) as place:
        key = place.new_key(EMAIL)
        client, person = program(place, key), Person(place)
        place.start_web()
        assert person.sign_in().status_code == 302
        before = walk(place, key, person)
        form = person.get("/compare/").text
        once = str(uuid4())
        photos = {"probe": ("a.jpg", make_face(1)), "reference": ("b.jpg", make_face(2))}

        with filled(disk):
            assert_outage(in_the_middle(place, client, once), 507, "storage_full")
            assert_outage(
                person.post("/compare/", {"false_match_rate": "0.001"}, form, files=photos),
                507,
                "storage_full",
            )
            full = {
                address: answer.status_code for address, answer in walk(place, key, person).items()
            }
            ready = requests.get(f"{place.url}/health/ready", timeout=60)

        changed = {a: s for a, s in full.items() if s != before[a].status_code}
        assert set(changed.values()) <= {503, 507} and len(changed) < len(full) / 10, changed
        assert [a for a, s in changed.items() if s == 503] == ["/health/ready"]
        for address in ("/history/", "/people/", "/compare/", "/api/v1/people/"):
            assert full[address] == 200, address  # what notes nothing is read as before
        assert (ready.status_code, ready.json()["storage"]) == (503, "not writable")
        assert in_the_middle(place, client, once).status_code == 202
        assert (
            person.post("/compare/", {"false_match_rate": "0.001"}, form, files=photos).status_code
            == 302
        )
        media = [path for path in (disk / "media").rglob("*") if path.is_file()]
        assert len(media) == 4  # of two comparisons, and nothing of those refused
        assert requests.get(f"{place.url}/health/ready", timeout=60).status_code == 200


def test_a_folder_for_photos_that_can_only_be_read_is_told(tmp_path):
    with (
        small_disk(tmp_path / "disk", 40) as disk,
        site(tmp_path, FACEVERIFY_MEDIA=str(disk)) as place,
    ):
        key = place.new_key()
        place.start_web()

        with read_only(disk):
            answer = in_the_middle(place, program(place, key), str(uuid4()))
            ready = requests.get(f"{place.url}/health/ready", timeout=60)

        assert_outage(answer, 503, "storage_unavailable")
        assert (ready.status_code, ready.json()["storage"]) == (503, "not writable")
        assert requests.get(f"{place.url}/health/ready", timeout=60).json()["storage"] == "ok"


@pytest.fixture
def locked_site(tmp_path) -> Iterator[tuple[Site, str]]:
    database = f"sqlite:///{tmp_path}/var/db.sqlite3?timeout=1"
    with site(tmp_path, DATABASE_URL=database) as place:
        yield place, place.new_key(EMAIL)


def test_a_locked_sqlite_is_503_for_what_writes_and_nothing_for_what_reads(locked_site, tmp_path):
    place, key = locked_site
    place.start_web()
    client, person = program(place, key), Person(place)
    assert person.sign_in().status_code == 302
    once = str(uuid4())

    with locked(tmp_path / "var" / "db.sqlite3"):
        assert_outage(in_the_middle(place, client, once), 503, "database_unavailable")
        assert_outage(Person(place).sign_in(), 503, "database_unavailable")
        assert client.get(f"{place.url}/api/v1/people/", timeout=60).status_code == 200
        assert person.get("/history/").status_code == 200

    assert in_the_middle(place, client, once).status_code == 202


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path):
    with site(tmp_path, FACEVERIFY_WEB_THREADS="2") as place:
        key = place.new_key()
        place.web = place.launch(
            "web", "-c",
            "import resource, sys; from gunicorn.app.wsgiapp import run\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))\n"
            "sys.argv = ['gunicorn', '--config', 'python:faceverify.gunicorn', 'faceverify.wsgi']; run()",
        )  # fmt: skip
        live = f"{place.url}/health/live"
        from tests.support.servers import answers, eventually

        eventually(lambda: answers(place.port), "the web process")
        assert requests.get(live, timeout=60).status_code == 200

        answer = in_the_middle(place, program(place, key), str(uuid4()))

    assert answer.status_code in (503, 507), answer.text
