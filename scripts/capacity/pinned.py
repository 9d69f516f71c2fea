"""The real site on two processors: web, PostgreSQL, Redis and the clients on the first, the first worker
on the second, a second worker on the first."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from tests.support.present import present
from tests.support.servers import (
    Postgres,
    Site,
    eventually,
    postgres_cluster,
    redis_server,
    site,
)

from .check import THREADS

SETTINGS = {
    "FACEVERIFY_DEBUG": "false",
    "FACEVERIFY_LOG_LEVEL": "WARNING",
    "FACEVERIFY_SWEEP_SECONDS": "5",
    "FACEVERIFY_REQUEUE_SECONDS": "60",
    "FACEVERIFY_WEB_THREADS": str(THREADS),
    "FACEVERIFY_WAITERS": str(THREADS),
}
# It waits for the disk, as it does where it is used, and counts statements.
POSTGRES = (
    "-c", "shared_preload_libraries=pg_stat_statements",
    "-c", "pg_stat_statements.track_planning=off",
    "-c", "max_connections=200",
)  # fmt: skip


def two_processors() -> tuple[int, int]:
    """Raises SystemExit where there are not two."""
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        raise SystemExit("Two processors are needed: one for the web process, one for a worker.")
    return found[0], found[1]


@contextmanager
def pinned(*processors: int) -> Iterator[None]:
    """What is started within runs on these, with all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, processors)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Counts:
    """What had been used and written at one moment."""

    processor: dict[str, float]  # seconds of processor time, by what ran
    queued: dict[str, float]  # seconds that it could have run and had no processor
    statements: float
    wal_records: float
    wal_place: str
    database_bytes: float
    redis_commands: float
    redis_bytes: float
    objects: int
    object_bytes: int


class PinnedSite:
    """Takes its counts."""

    def __init__(self, place: Site, cluster: Postgres, redis_url: str):
        self.place, self.cluster = place, cluster
        self.database = psycopg.connect(cluster.url, autocommit=True)
        self.redis = redis.Redis.from_url(redis_url)
        self.redis_process = psutil.Process(self.redis.info("server")["process_id"])
        for extension in ("pg_stat_statements", "pg_walinspect"):
            self.database.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    def start_second_worker(self) -> None:
        main = self.place.start_another_worker("second")
        # Its child has loaded the model when it has opened a connection to the database.
        eventually(lambda: len(main.children()) > 0, "the second worker's child")
        eventually(lambda: self._is_seen(2), "the second worker")

    def _is_seen(self, workers: int) -> bool:
        return self.one("SELECT count(*) FROM verification_worker")[0] >= workers

    def one(self, query: str, *values: Any) -> tuple:
        row = self.database.execute(query, values or None).fetchone()
        assert row is not None
        return row

    def counts(self) -> Counts:
        statements, records = self.one(
            "SELECT sum(calls), sum(wal_records) FROM pg_stat_statements"
            " WHERE query NOT LIKE '%pg_stat_statements%'"
        )
        stats: Any = self.redis.info("stats")
        sizes = list(self._sizes())
        parts = self._processes()
        return Counts(
            {name: sum(map(_seconds, each)) for name, each in parts.items()},
            {name: sum(map(_queued, each)) for name, each in parts.items()},
            float(statements),
            float(records),
            self.one("SELECT pg_current_wal_insert_lsn()")[0],
            self.one("SELECT pg_database_size(current_database())")[0],
            stats["total_commands_processed"],
            stats["total_net_input_bytes"] + stats["total_net_output_bytes"],
            len(sizes),
            sum(sizes),
        )

    def _processes(self) -> dict[str, list[psutil.Process]]:
        main, *children = self.place.worker_processes()
        web, database = present(self.place.web), present(self.cluster.server)
        return {
            "web": _family(psutil.Process(web.pid)),
            "worker_main": [main],
            "worker_child": children,
            "database": _family(psutil.Process(database.pid)),
            "redis": [self.redis_process],
            "client": [psutil.Process()],
        }

    def wal_between(self, before: Counts, after: Counts) -> tuple[float, float]:
        """Bytes of WAL, and commits that wrote some."""
        places = (before.wal_place, after.wal_place)
        size = self.one("SELECT pg_wal_lsn_diff(%s, %s)", *reversed(places))[0]
        commits = self.one(
            'SELECT sum(count) FROM pg_get_wal_stats(%s, %s, true) WHERE "resource_manager/record_type"'
            " LIKE 'Transaction/COMMIT%%'",
            *places,
        )[0]
        return float(size), float(commits)

    def runs(self, ids: list[str]) -> dict[str, tuple[float, float]]:
        """Of these rows: how long each waited for a worker and was carried out, in seconds."""
        found = self.database.execute(
            "SELECT id, extract(epoch FROM started_at - created_at), extract(epoch FROM finished_at - started_at)"
            " FROM verification_verification WHERE id = ANY(%s::uuid[]) AND state = 'done'",
            (ids,),
        )
        return {str(id): (float(wait), float(run)) for id, wait, run in found}

    def model(self, id: str) -> str:
        return self.one("SELECT model_name FROM verification_verification WHERE id = %s", id)[0]

    def connections(self) -> dict[str, float]:
        """To PostgreSQL, that the web process and a worker's child hold open."""
        _, *children = self.place.worker_processes()
        web = psutil.Process(present(self.place.web).pid).children()
        return {"web": self._opened(web), "worker": self._opened(children) / max(1, len(children))}

    def _opened(self, processes: list[psutil.Process]) -> float:
        ends = [end for process in processes for end in process.net_connections()]
        return sum(1 for end in ends if end.raddr and end.raddr.port == self.cluster.port)

    def _sizes(self) -> Iterator[int]:
        """Of all files; one that is renamed or removed meanwhile does not count."""
        for path in (self.place.home / "media").rglob("*"):
            with suppress(FileNotFoundError):
                status = path.stat()
                if stat.S_ISREG(status.st_mode):
                    yield status.st_size


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    """Processor time so far, with that of children that have ended; 0 of a process that just has."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return times.user + times.system + times.children_user + times.children_system
    return 0.0


def _queued(process: psutil.Process) -> float:
    """Seconds that its threads have waited for a processor (Documentation/scheduler/sched-stats.rst)."""
    waited = 0
    for file in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            waited += int(file.read_text().split()[1])
    return waited / 1e9


@contextmanager
def pinned_site(model: str = "") -> Iterator[PinnedSite]:
    """With one worker. `model` as in FACEVERIFY_MODEL."""
    first, second = two_processors()
    settings = SETTINGS | ({"FACEVERIFY_MODEL": model} if model else {})
    with pinned(first), tempfile.TemporaryDirectory(prefix="faceverify-capacity-") as folder:
        with redis_server() as redis_url, postgres_cluster(*POSTGRES) as cluster:
            urls = {"DATABASE_URL": cluster.url, "REDIS_URL": redis_url}
            with site(Path(folder), tables=True, **urls, **settings) as place:
                place.start_web()
                with pinned(second):
                    place.start_worker()
                yield PinnedSite(place, cluster, redis_url)
