"""What this machine's disk, PostgreSQL and Redis do at most, each alone."""

import csv
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg

from .measured import Limits
from .pinned import PinnedSite

SECONDS = 3.0
MEGABYTE = 1 << 20


def limits_of(place: PinnedSite, object_bytes: int) -> Limits:
    """`object_bytes` is how large a stored file is."""
    with tempfile.TemporaryDirectory(prefix="faceverify-disk-") as folder:
        return Limits(
            commits=_commits(place),
            wal_bytes=_flushed(Path(folder)),
            files=_files(Path(folder), object_bytes),
            redis_commands=_redis(place.redis.connection_pool.connection_kwargs["port"]),
        )


def _commits(place: PinnedSite) -> float:
    """Transactions a second that insert one small row, from eight connections."""
    place.database.execute("CREATE TABLE capacity_probe (text text)")
    ends, made = time.monotonic() + SECONDS, []

    def insert() -> None:
        with psycopg.connect(place.cluster.url, autocommit=True) as connection:
            number = 0
            while time.monotonic() < ends:
                connection.execute("INSERT INTO capacity_probe VALUES (repeat('x', 200))")
                number += 1
            made.append(number)

    _together([insert] * 8)
    place.database.execute("DROP TABLE capacity_probe")
    return sum(made) / SECONDS


def _flushed(folder: Path) -> float:
    """Bytes a second, written one megabyte after the other and flushed each time."""
    piece, written, begun = os.urandom(MEGABYTE), 0, time.monotonic()
    with (folder / "log").open("wb", buffering=0) as file:
        while time.monotonic() - begun < SECONDS:
            written += file.write(piece)
            os.fdatasync(file.fileno())
            if written % (64 * MEGABYTE) == 0:
                file.seek(0)
    return written / (time.monotonic() - begun)


def _files(folder: Path, size: int) -> float:
    """Files a second that four threads write, flush and give their name, as stored photos are."""
    piece, ends = os.urandom(size), time.monotonic() + SECONDS
    made: list[int] = []

    def write(thread: int) -> None:
        number = 0
        while time.monotonic() < ends:
            path = folder / f"{thread}-{number}"
            with path.with_suffix(".new").open("wb") as file:
                file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.rename(file.name, path)
            number += 1
        made.append(number)

    _together([partial(write, n) for n in range(4)])
    return sum(made) / SECONDS


def _together(actions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _redis(port: int) -> float:
    """Commands a second from 50 connections, each of which waits for its answer."""
    program = shutil.which("redis-benchmark")
    if not program:
        raise SystemExit(
            "The program redis-benchmark is not installed: apt-get install redis-tools"
        )
    done = subprocess.run(
        [program, "-p", str(port), "-t", "lpush", "-c", "50", "-n", "60000", "--csv"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    row = next(row for row in csv.reader(done.stdout.splitlines()) if row[0] == "LPUSH")
    return float(row[1])
