"""An update while the site is used: the database is migrated, then one process after the other is replaced."""

import signal
import subprocess
import threading
from collections import Counter

import httpx
import psutil
import psycopg
import pytest
import requests

from tests.support.faces import make_face
from tests.support.proxies import Proxy, proxy
from tests.support.servers import (
    PATIENCE,
    Site,
    eventually,
    free_port,
    postgres_server,
    redis_server,
    site,
)

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow]

CLIENTS = 4
# What the next version might bring: all of it leaves the processes of this version alone.
MIGRATION = """
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
state = MigrationLoader(connection).project_state()
for operation in (
    migrations.AddField("verification", "later", models.IntegerField(db_default=7)),
    migrations.AddIndex("verification", models.Index(fields=["later"], name="later_idx")),
    migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True))]),
):
    after = state.clone()
    operation.state_forwards("verification", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("verification", editor, state, after)
    state = after
"""


class Usage(threading.Thread):
    """A program that hands in photos and looks at its verdicts, without a pause, on kept connections."""

    def __init__(self, front: Proxy, key: str):
        super().__init__()
        self.front, self.key = front, key
        self.ended = threading.Event()
        self.faults: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.ids: list[str] = []

    def run(self) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(
            base_url=self.front.url, verify=False, timeout=60, headers=headers
        ) as http:
            while not self.ended.is_set():
                try:
                    self.use(http)
                except httpx.HTTPError as error:
                    self.faults.append(repr(error))

    def use(self, http: httpx.Client) -> None:
        number = len(self.ids) % 3 + 1
        answer = http.post(
            "/api/v1/verifications/",
            params={"wait": number - 1},
            files={"probe": make_face(1), "reference": make_face(number)},
        )
        self.statuses[answer.status_code] += 1
        if answer.status_code not in (201, 202):
            self.faults.append(f"{answer.status_code} {answer.text[:200]}")
            return
        self.ids.append(answer.json()["id"])
        looked = http.get(f"/api/v1/verifications/{self.ids[-1]}/")
        self.statuses[looked.status_code] += 1
        if looked.status_code != 200:
            self.faults.append(f"{looked.status_code} {looked.text[:200]}")


class Installation:
    """Two web processes and two workers of one site."""

    def __init__(self, place: Site):
        self.place = place
        self.webs = {free_port(): self.none(), free_port(): self.none()}
        self.workers = {"one": self.none(), "two": self.none()}

    @staticmethod
    def none() -> "subprocess.Popen[bytes] | None":
        return None

    def start(self) -> None:
        for port in self.webs:
            self.start_web(port)
        for name in self.workers:
            self.start_worker(name)

    def start_web(self, port: int) -> None:
        started = self.place.launch(
            f"web-{port}", "-m", "gunicorn", "--config", "python:faceverify.gunicorn",
            "faceverify.wsgi", PORT=str(port),
        )  # fmt: skip
        self.webs[port] = started
        self.place.others.append(started)
        eventually(lambda: self.is_ready(port), f"the web process on {port}")

    def is_ready(self, port: int) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=60).ok
        except requests.ConnectionError:
            return False

    def start_worker(self, name: str) -> None:
        self.workers[name] = started = self.place.launch_worker(name)
        self.place.others.append(started)
        eventually(psutil.Process(started.pid).children, f"the children of {name}")

    def replace_all(self) -> None:
        for port, web in list(self.webs.items()):
            self.end(web)
            self.start_web(port)
        for name, worker in list(self.workers.items()):
            self.end(worker)
            self.start_worker(name)

    def end(self, process: "subprocess.Popen[bytes] | None") -> None:
        assert process is not None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        self.place.others.remove(process)


def test_no_request_and_no_verdict_is_lost_or_doubled(tmp_path):
    home = tmp_path / "site"
    home.mkdir()
    with (
        postgres_server() as database,
        redis_server() as queue,
        site(
            home,
            DATABASE_URL=database,
            REDIS_URL=queue,
            FACEVERIFY_DEBUG="false",
            FACEVERIFY_HTTPS="true",
            FACEVERIFY_PROXIES="1",
            FACEVERIFY_DRAIN_SECONDS="6",
        ) as place,
    ):
        installation = Installation(place)
        installation.start()
        with proxy(tmp_path / "nginx", *installation.webs) as front:
            usages = [Usage(front, place.new_key()) for _ in range(CLIENTS)]
            for usage in usages:
                usage.start()
            eventually(lambda: all(usage.ids for usage in usages), "the first verdicts")

            place.run("manage.py", "shell", "--no-imports", "-c", MIGRATION)
            installation.replace_all()

            reached = [len(usage.ids) for usage in usages]
            eventually(
                lambda: all(len(u.ids) > n + 2 for u, n in zip(usages, reached, strict=True)),
                "verdicts after the update",
            )
            for usage in usages:
                usage.ended.set()
            for usage in usages:
                usage.join(PATIENCE)

        assert [usage.faults for usage in usages] == [[]] * CLIENTS
        ids = [id for usage in usages for id in usage.ids]
        with psycopg.connect(database, autocommit=True) as connection:

            def rows() -> dict[str, tuple[str, int]]:
                found = connection.execute(
                    "SELECT id::text, state, attempts FROM verification_verification"
                )
                return {id: (state, attempts) for id, state, attempts in found}

            eventually(lambda: {state for state, _n in rows().values()} == {"done"}, "all verdicts")
            stored = rows()
        assert sorted(stored) == sorted(ids)
        assert {attempts for _state, attempts in stored.values()} == {1}
