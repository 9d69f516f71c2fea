"""What it costs a request that photos lie in a bucket of S3 instead of a folder.

    .venv/bin/python scripts/bench_storage.py [--seconds 20] [--rounds 3] [--connections 1]

Runs scripts/load.py (which needs `wrk`) with a folder and with a bucket, in turns. The server of S3 is moto's,
a process of its own on the same machine: its time is not counted, but it makes latencies longer than a
real server's. Prints the processor time of web and worker, and what a verdict is to the server of S3: requests
by kind, objects and bytes that stay.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.s3 import BUCKET, S3Server
from tests.support.servers import ROOT, answers, eventually

REQUEST = re.compile(r'"(?:\x1b\[[0-9;]*m)*(GET|PUT|HEAD|DELETE|POST) /')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=1)
    options = parser.parse_args()
    found: dict[str, list[dict]] = {"folder": [], "bucket": []}
    for _ in range(options.rounds):
        found["folder"].append(_load(options, {}))
        found["bucket"].append(_load_with_bucket(options))
    for kind, runs in found.items():
        print(f"{kind}: {_median(runs, 'requests_per_second'):.1f} requests/s, "
              f"mean {_median(runs, 'mean_ms'):.1f} ms, {sum(run['not_2xx'] for run in runs)} not 2xx")  # fmt: skip
        for process in runs[0]["processor_ms"]:
            print(
                f"  {_median([run['processor_ms'] for run in runs], process):7.1f} ms of processor time: {process}"
            )
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


def _load_with_bucket(options: argparse.Namespace) -> dict:
    server = S3Server()
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", str(server.port)],
            stdout=log, stderr=log,
        )  # fmt: skip
        try:
            eventually(lambda: answers(server.port), "the server of S3")
            server.bucket(BUCKET)
            found = _load(options, server.environment())
            log.seek(0)
            requests = Counter(REQUEST.findall(log.read()))
            pages = server.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
            sizes = [each["Size"] for page in pages for each in page.get("Contents", [])]
        finally:
            process.terminate()
            process.wait(60)
    verdicts = found["requests"]
    counted = {f"{kind} requests": number for kind, number in sorted(requests.items())}
    counted |= {"objects": len(sizes), "bytes": sum(sizes)}
    return found | {"s3": {what: number / verdicts for what, number in counted.items()}}


if __name__ == "__main__":
    main()
