"""What it costs that photos lie in a bucket of S3 instead of a folder.

    .venv/bin/python scripts/bench_storage.py [--seconds 20] [--rounds 3] [--connections 1] [--calls]

First each call of the storage by itself, then whole requests by scripts/load.py (which needs `wrk`), not with
--calls; a folder and a bucket in turns. The server of S3 is moto's, a process of its own on the same machine: its
time is not counted, but it makes latencies longer than a real server's, and closes each connection. Prints
processor time, and what a verdict is to the server of S3: requests by kind, objects and bytes that stay.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.conf import settings
from django.core.files.base import ContentFile
from django.test.utils import override_settings

from tests.support.s3 import BUCKET, S3Server
from tests.support.servers import ROOT, answers, eventually

REQUEST = re.compile(r'"(?:\x1b\[[0-9;]*m)*(GET|PUT|HEAD|DELETE|POST) /')
PHOTO = 20_000  # bytes
CALLS = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--calls", action="store_true", help="leave out whole requests")
    options = parser.parse_args()
    _show_calls(options.rounds)
    if not options.calls:
        _show_requests(options)


def _show_calls(rounds: int) -> None:
    django.setup()
    found: dict[tuple[str, str], list[float]] = {}
    with _server() as (server, _log):
        for number in range(rounds):
            for kind, below in (("folder", settings.IN_FOLDER), ("bucket", server.options())):
                with override_settings(STORAGES=settings.STORAGES | {"private": below}):
                    for name, call in _calls(number).items():
                        call(-1)
                        start = time.process_time()
                        for index in range(CALLS):
                            call(index)
                        took = (time.process_time() - start) / CALLS
                        found.setdefault((name, kind), []).append(took)
    for (name, kind), seconds in sorted(found.items()):
        print(f"{1000 * statistics.median(seconds):7.2f} ms of processor time: {name}, {kind}")


def _calls(round: int) -> dict[str, Callable[[int], object]]:
    from verification.photos.storage import private_files

    files, photo = private_files(), os.urandom(PHOTO)
    name = f"bench/{round}"
    return {
        "store a photo": lambda n: files.save(f"{name}/{n}/image", ContentFile(photo)),
        "read a photo": lambda n: files.open(f"{name}/-1/image").read(),
        "list a folder": lambda n: files.listdir(f"{name}/-1"),
        "delete a photo": lambda n: files.delete(f"{name}/{n}/image"),
    }


def _show_requests(options: argparse.Namespace) -> None:
    found: dict[str, list[dict]] = {"folder": [], "bucket": []}
    for _ in range(options.rounds):
        found["folder"].append(_load(options, {}))
        found["bucket"].append(_load_with_bucket(options))
    for kind, runs in found.items():
        print(
            f"{kind}: {_median(runs, 'requests_per_second'):.1f} requests/s, "
            f"mean {_median(runs, 'mean_ms'):.1f} ms, {sum(run['not_2xx'] for run in runs)} not 2xx"
        )
        times = [run["processor_ms"] for run in runs]
        for process in times[0]:
            print(f"  {_median(times, process):7.1f} ms of processor time: {process}")
    print("A verdict, to the server of S3:")
    for what in found["bucket"][0]["s3"]:
        print(f"  {_median([run['s3'] for run in found['bucket']], what):9.2f}  {what}")


def _median(runs: list[dict], name: str) -> float:
    return statistics.median(run.get(name, 0) for run in runs)


def _load(options: argparse.Namespace, environment: dict[str, str]) -> dict:
    settings = [word for pair in environment.items() for word in ("--set", "=".join(pair))]
    done = subprocess.run(
        [sys.executable, "scripts/load.py", "--json", "--seconds", str(options.seconds),
         "--connections", str(options.connections), *settings],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)[0]


@contextmanager
def _server() -> Iterator[tuple[S3Server, IO[str]]]:
    """With an empty bucket, and its log."""
    server = S3Server()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(server.port)],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            eventually(lambda: answers(server.port), "the server of S3")
            server.bucket(BUCKET)
            yield server, log
        finally:
            process.terminate()
            process.wait(60)


def _load_with_bucket(options: argparse.Namespace) -> dict:
    with _server() as (server, log):
        found = _load(options, server.environment())
        log.seek(0)
        requests = Counter(REQUEST.findall(log.read()))
        pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        sizes = [each["Size"] for page in pages for each in page.get("Contents", [])]
    verdicts = found["requests"]
    counted = {f"{kind} requests": number for kind, number in sorted(requests.items())}
    counted |= {"objects": len(sizes), "bytes": sum(sizes)}
    return found | {"s3": {what: number / verdicts for what, number in counted.items()}}


if __name__ == "__main__":
    main()
