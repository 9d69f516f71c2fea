"""A site under `scripts/run.py` while its processes and servers are killed at random.

    .venv/bin/python -m tests.faults.storm [KILLS] [SEED] [QUEUE-DATABASE ...]

prints a table for both queues on both databases, or for those that are named, such as embedded-sqlite
and redis-postgresql.
"""

import contextlib
import json
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.support.faces import make_face
from tests.support.servers import (
    Site,
    eventually,
    free_port,
    lane_of,
    postgres_server,
    redis_server,
    site,
)

TIMEOUT = 20  # seconds of one request
LIMIT = 180  # seconds after the last kill until all must be answered
UNFINISHED = ("pending", "running")

# What the database and the files say in the end.
COUNT = """
import json
from collections import Counter
from django.conf import settings
from verification.jobs.files import prune_files
from verification.jobs import files
from verification.models import Verification as V
from verification.upkeep import integrity
def folders():
    return {path.name: path for path in (settings.MEDIA_ROOT / "verifications").glob("*/*")}
rows = {str(row.pk): row for row in V.objects.all()}
kept = folders()
incomplete = [pk for pk, row in rows.items() if not all(
    (settings.MEDIA_ROOT / name).is_file() for name in
    (row.probe_image.name, row.reference_image.name, row.probe_crop.name, row.reference_crop.name) if name
)]
files.SAFE_AGE = files.SAFE_AGE * 0
pruned = prune_files(V)
integrity.SAFE_AGE = integrity.SAFE_AGE * 0
print(json.dumps({
    "rows": len(rows),
    "states": Counter(f"{row.state} {row.failure_code}".strip() for row in rows.values()),
    "tries": Counter(row.attempts for row in rows.values()),
    "rows without files": len(incomplete),
    "left folders": len(kept.keys() - rows.keys()),
    "folders without a row": len(folders().keys() - rows.keys()),
    "faults": Counter(found.kind for found in integrity.check()),
}))
"""


@dataclass
class Outcome:
    """What came of a storm."""

    submitted: int
    accepted: int  # answered with an id
    answered: int  # of these, ended by a verdict
    rows: int  # that the database has
    rows_without_files: int
    folders_without_row: int  # after pruning
    pruned: int  # folders that a killed request left behind
    seconds: float  # from the last kill until all were answered
    kills: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)  # that check_integrity finds in the end
    most_messages: int = 0  # that waited at a time

    @property
    def lost(self) -> int:
        return self.accepted - self.answered

    @property
    def doubled(self) -> int:
        return self.rows - self.submitted


class Supervised:
    """The site's processes as `make run` starts them."""

    def __init__(self, place: Site):
        self.place = place
        self.start()

    def start(self) -> None:
        self.program = psutil.Process(self.place.launch("run", "scripts/run.py").pid)
        eventually(self.is_ready, "the site to be ready")

    def is_ready(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return (
                requests.get(f"{self.place.url}/health/ready", timeout=5).json()["worker"] == "ok"
            )
        return False

    def main(self, name: str) -> psutil.Process | None:
        """The main process of web or of the worker of one queue."""
        for process in self.program.children():
            with contextlib.suppress(psutil.Error):
                words = process.cmdline()
                if ("gunicorn" if name == "web" else name) in words:
                    return process
        return None

    def child(self, name: str, rng: random.Random) -> psutil.Process | None:
        main = self.main(name)
        with contextlib.suppress(psutil.Error):
            if main and (children := main.children()):
                return rng.choice(children)
        return None

    def stop(self) -> None:
        if not self.program.is_running():
            return
        family = self.program.children(recursive=True)
        self.program.terminate()
        self.program.wait(60)
        for process in psutil.wait_procs(family, 15)[1]:
            process.kill()


class Storm:
    """Submits comparisons over HTTP while it kills."""

    def __init__(self, place: Site, *, seed: int, redis: "Redis | None" = None, postgres: str = ""):
        self.place, self.redis, self.postgres = place, redis, postgres
        self.rng = random.Random(seed)
        self.key = place.new_key()
        self.accepted: dict[int, str] = {}
        self.most_messages = 0
        self.run = Supervised(place)
        self.means: dict[str, tuple[int, Callable[[], bool]]] = {
            "worker child": (6, lambda: self._kill(self.run.child("interactive", self.rng))),
            "worker main": (3, lambda: self._kill(self.run.main("interactive"))),
            "bulk child": (1, lambda: self._kill(self.run.child("bulk", self.rng))),
            "webhooks main": (1, lambda: self._kill(self.run.main("webhooks"))),
            "web child": (2, lambda: self._kill(self.run.child("web", self.rng))),
            "web main": (1, lambda: self._kill(self.run.main("web"))),
            "supervisor": (1, self._kill_supervisor),
        }
        if redis:
            self.means["redis"] = (2, redis.restart)
        if postgres:
            self.means["postgres"] = (2, self._kill_postgres)

    def rage(self, *, submissions: int, kills: int, pause: float = 0.7) -> Outcome:
        """Kill as often, in the meantime submit as many; then wait until all are answered."""
        killed: Counter[str] = Counter()
        client = threading.Thread(target=self._submit_all, args=(submissions, killed, kills))
        client.start()
        names, weights = list(self.means), [weight for weight, _kill in self.means.values()]
        while killed.total() < kills:
            time.sleep(self.rng.expovariate(1 / pause))
            name = self.rng.choices(names, weights)[0]
            if self.means[name][1]():
                killed[name] += 1
        began = time.monotonic()
        client.join()
        answers = self._wait_for_all(began + LIMIT)
        seconds = time.monotonic() - began
        self.run.stop()
        told = json.loads(
            self.place.run("manage.py", "shell", "--no-imports", "-c", COUNT).splitlines()[-1]
        )
        return Outcome(
            submitted=submissions,
            accepted=len(self.accepted),
            answered=sum(state == "done" for state in answers.values()),
            rows=told["rows"],
            rows_without_files=told["rows without files"],
            folders_without_row=told["folders without a row"],
            pruned=told["left folders"],
            seconds=seconds,
            kills=killed,
            states=told["states"],
            faults=told["faults"],
            most_messages=self.most_messages,
        )

    def _submit_all(self, submissions: int, killed: Counter[str], kills: int) -> None:
        """One after the other, the last of them with the last kills."""
        probe, reference = make_face(1), make_face(1, 1)
        for number in range(submissions):
            while killed.total() * submissions < number * kills:
                time.sleep(0.05)
            while number not in self.accepted:
                with contextlib.suppress(requests.RequestException, ValueError, KeyError):
                    answer = self._request(
                        "POST",
                        "",
                        files={"probe": probe, "reference": reference},
                        headers={"Idempotency-Key": f"storm-{number}"},
                    )
                    if answer.status_code in (201, 202):
                        self.accepted[number] = answer.json()["id"]
                        break
                time.sleep(0.1)

    def _wait_for_all(self, deadline: float) -> dict[str, str]:
        states = dict.fromkeys(self.accepted.values(), "pending")
        while time.monotonic() < deadline and any(s in UNFINISHED for s in states.values()):
            for id, state in states.items():
                if state in UNFINISHED:
                    with contextlib.suppress(requests.RequestException, ValueError, KeyError):
                        states[id] = self._request("GET", f"{id}/").json()["state"]
            self._count_messages()
            time.sleep(0.2)
        return states

    def _request(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any):
        sent = {"Authorization": f"Bearer {self.key}", "Connection": "close", **(headers or {})}
        url = f"{self.place.url}/api/v1/verifications/{path}"
        return requests.request(method, url, headers=sent, timeout=TIMEOUT, **more)

    def _count_messages(self) -> None:
        folder = self.place.home / "var/queue/messages"
        if not self.redis and folder.exists():
            names = [path.name for path in folder.iterdir()]
            waiting = sum(name.endswith(".interactive.msg") for name in names)
            self.most_messages = max(self.most_messages, waiting)

    def _kill(self, process: psutil.Process | None) -> bool:
        self._count_messages()
        if process is None:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
            return True
        return False

    def _kill_supervisor(self) -> bool:
        self.run.program.kill()
        self.run.program.wait(30)
        self.run.start()
        return True

    def _kill_postgres(self) -> bool:
        """Kill the process of one connection: PostgreSQL then ends all others and recovers."""
        import psycopg

        with contextlib.suppress(psycopg.Error), psycopg.connect(self.postgres) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            assert row
            psutil.Process(row[0]).send_signal(signal.SIGKILL)
            connection.execute("SELECT 1")
        return True


class Redis:
    """A Redis that keeps nothing on disk, on a port of its own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.stack = contextlib.ExitStack()
        self.url = self.stack.enter_context(redis_server(self.port))

    def restart(self) -> bool:
        """All messages are lost."""
        self.stack.close()
        time.sleep(0.5)
        self.stack.enter_context(redis_server(self.port))
        return True


@contextlib.contextmanager
def storm(home: Path, *, seed: int, redis: bool = False, postgres: bool = False) -> Iterator[Storm]:
    """A storm over a new site with this queue and this database."""
    with contextlib.ExitStack() as stack:
        environment = {
            "FACEVERIFY_WORKERS": "2",
            "FACEVERIFY_SWEEP_SECONDS": "2",
            "FACEVERIFY_REQUEUE_SECONDS": "5",
        }
        server = database = None
        if redis:
            server = Redis()
            stack.callback(server.stack.close)
            environment["REDIS_URL"] = server.url
        if postgres:
            database = environment["DATABASE_URL"] = stack.enter_context(postgres_server())
        place = stack.enter_context(site(home, tables=True, **environment))
        raging = Storm(place, seed=seed, redis=server, postgres=database or "")
        stack.callback(raging.run.stop)
        yield raging


def main() -> None:
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    kills, seed = (numbers + [60, 1][len(numbers) :])[:2]
    named = {word for word in sys.argv[1:] if not word.isdigit()}
    print(
        f"{'queue':<9}{'database':<11}kills accepted answered lost doubled orphans seconds messages"
    )
    for redis in (False, True):
        for postgres in (False, True):
            queue, database = ("embedded", "redis")[redis], ("sqlite", "postgresql")[postgres]
            if named and f"{queue}-{database}" not in named:
                continue
            with (
                tempfile.TemporaryDirectory(prefix="faceverify-storm-") as home,
                lane_of("", servers=True),
            ):
                with storm(Path(home), seed=seed, redis=redis, postgres=postgres) as raging:
                    o = raging.rage(submissions=100, kills=kills)
            orphans = o.rows_without_files + o.folders_without_row
            print(
                f"{queue:<9}{database:<11}"
                f"{o.kills.total():5} {o.accepted:8} {o.answered:8} {o.lost:4} {o.doubled:7} "
                f"{orphans:7} {o.seconds:7.1f} {o.most_messages:8}  {dict(o.kills)} {o.states} "
                f"pruned={o.pruned} faults={o.faults}",
                flush=True,
            )


if __name__ == "__main__":
    main()
