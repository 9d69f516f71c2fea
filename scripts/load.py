"""Measure the requests a second and the latency of POST /api/v1/verifications/?wait=10.

    .venv/bin/python scripts/load.py [--lfw FOLDER] [--seconds 20] [--connections 1,2,4] [--json]

Starts one web process and one worker on loopback, in a folder of their own, with as many processes of the
worker as are started by default (--one-child: with one), and sends them pairs of photos with `wrk` (Debian: apt-get install wrk): drawn ones (tests/support/faces.py), or those of an
LFW folder. The time of a request is divided into parts by what the row records: when it was made,
taken by a worker and finished, and how long the model took. The processor time of each process is
measured too; it depends less on what else the machine does. Measure on an otherwise idle machine.

--profile also samples the Python functions of the web process and of the worker with py-spy.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import site

BOUNDARY = "faceverify-load"
PAIRS = 24
OURS = re.compile(r"\((verification|faceverify|accounts|ml|rest_framework|django_structlog)/")
SCRIPT = """
local bodies = {}
for i = 1, %(count)d do
  local file = assert(io.open("%(folder)s/" .. i, "rb"))
  bodies[i] = file:read("*a")
  file:close()
end
local next = 0
wrk.method = "POST"
wrk.path = "/api/v1/verifications/?wait=10"
wrk.headers["Authorization"] = "Bearer %(key)s"
wrk.headers["Content-Type"] = "multipart/form-data; boundary=%(boundary)s"
function request()
  next = next %% #bodies + 1
  return wrk.format(nil, nil, nil, bodies[next])
end
function done(summary, latency, requests)
  io.write(string.format("RESULT %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests,
    summary.duration, latency.mean, latency:percentile(50), latency:percentile(95),
    summary.errors.status, summary.errors.timeout + summary.errors.read + summary.errors.write))
end
"""
ROWS = """
import json
from verification.models import Verification as V
rows = V.objects.order_by('-created_at')[{skip}:{last}]
print(json.dumps([
    [(v.started_at - v.created_at).total_seconds() * 1000,
     (v.finished_at - v.started_at).total_seconds() * 1000,
     v.timings['total'], v.state]
    for v in rows if v.timings]))
"""


def main() -> None:
    options = _options()
    wrk = shutil.which("wrk")
    if not wrk:
        raise SystemExit("The program wrk is not installed: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="faceverify-load-") as folder:
        home = Path(folder)
        (home / "site").mkdir()
        (home / "bodies").mkdir()
        for number, pair in enumerate(_pairs(options.lfw), start=1):
            (home / "bodies" / str(number)).write_bytes(_body(*pair))
        with site(home / "site", FACEVERIFY_DEBUG="false", FACEVERIFY_LOG_LEVEL="WARNING",
                  FACEVERIFY_SWEEP_SECONDS="5", FACEVERIFY_REQUEUE_SECONDS="30",
                  FACEVERIFY_WAITERS="10", **options.set) as place:  # fmt: skip
            place.start_web().start_worker()
            key = place.new_key()
            script = home / "load.lua"
            script.write_text(
                SCRIPT
                % {"count": PAIRS, "folder": home / "bodies", "key": key, "boundary": BOUNDARY}
            )
            Client(place, key).submit(make_face(1), make_face(1, 1), wait=10)  # both are warm
            found = [
                _measure(wrk, place, script, connections, options)
                for connections in options.connections
            ]
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        _show(found)


def _measure(wrk: str, place, script: Path, connections: int, options) -> dict:
    seconds, profile = options.seconds, options.profile
    before = _processor_seconds(place)
    profiles = _start_profiles(place, seconds) if profile else {}
    done = subprocess.run(
        [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script),
         place.url],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    after = _processor_seconds(place)
    result = re.search(r"RESULT (.*)", done.stdout)
    if not result:
        raise SystemExit(f"wrk printed no result:\n{done.stdout}{done.stderr}")
    requests, duration, mean_us, p50, p95, wrong, broken = map(int, result[1].split())
    rows = json.loads(
        place.run(
            "manage.py",
            "shell",
            "--no-imports",
            "-c",
            ROWS.format(skip=connections, last=connections + requests),
        )
    )
    # The newest requests were not finished when wrk stopped counting.
    wait, run, model = (statistics.mean(row[i] for row in rows) for i in range(3))
    mean = mean_us / 1000
    return {
        "connections": connections,
        "requests": requests,
        "requests_per_second": round(requests / duration * 1e6, 1),
        "p50_ms": p50 / 1000,
        "p95_ms": p95 / 1000,
        "mean_ms": round(mean, 1),
        "not_2xx": wrong,
        "broken": broken,
        "parts_ms": {
            "web: receive two photos; notice the end, answer": round(mean - wait - run, 1),
            "queue: clean and store the photos, until a worker takes the row": round(wait, 1),
            "model": round(model, 1),
            "worker: read the photos, store verdict and crops": round(run - model, 1),
        },
        "overhead_ms": round(mean - model, 1),
        "processor_ms": {
            name: round(1000 * (after[name] - before[name]) / requests, 1) for name in after
        },
        "profile": {name: _shares(*started) for name, started in profiles.items()},
    }


def _processor_seconds(place) -> dict[str, float]:
    """Processor time so far of each process of the site."""
    web = psutil.Process(place.web.pid)
    main, *children = place.worker_processes()

    def seconds(processes) -> float:
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    return {
        "web process": seconds([web, *web.children(recursive=True)]),
        "worker: its main process": seconds([main]),
        "worker: its child, with the model": seconds(children),
    }


def _start_profiles(place, seconds: int) -> dict:
    """Start py-spy on the web process and on the worker's first child: {name: (py-spy, its file)}."""
    program = shutil.which("py-spy") or str(Path(sys.executable).with_name("py-spy"))
    pids = {
        "web process": psutil.Process(place.web.pid).children()[0].pid,
        "worker: its child": place.worker_processes()[1].pid,
    }
    started = {}
    for name, pid in pids.items():
        file = place.home / f"profile-{pid}.raw"
        command = [program, "record", "--duration", str(seconds), "--rate", "200", "--format",
                   "raw", "--output", str(file), "--pid", str(pid)]  # fmt: skip
        started[name] = (subprocess.Popen(command, stdout=subprocess.DEVNULL), file)
    return started


def _shares(process: subprocess.Popen, file: Path) -> dict[str, float]:
    """The share of the samples in which each function of the project was on the stack."""
    process.wait(60)
    counts: Counter[str] = Counter()
    total = 0
    for line in file.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        total += int(count)
        counts.update(dict.fromkeys(set(stack.split(";")), int(count)))
    ours = ((name, n) for name, n in counts.most_common() if OURS.search(name))
    return {name: round(n / max(total, 1), 3) for name, n in ours if n > total / 50}


def _show(found: list[dict]) -> None:
    for each in found:
        print(
            f"{each['connections']} connection(s): {each['requests_per_second']} requests/s, "
            f"p50 {each['p50_ms']:.1f} ms, p95 {each['p95_ms']:.1f} ms, mean {each['mean_ms']} ms, "
            f"{each['not_2xx']} not 2xx, {each['broken']} broken"
        )
        for part, milliseconds in each["parts_ms"].items():
            print(f"  {milliseconds:7.1f} ms  {part}")
        print(f"  {each['overhead_ms']:7.1f} ms  all that is not the model")
        for process, milliseconds in each["processor_ms"].items():
            print(f"  {milliseconds:7.1f} ms  of processor time: {process}")
        for process, shares in each["profile"].items():
            print(f"  {process}, share of its samples:")
            for function, share in shares.items():
                print(f"    {100 * share:5.1f} %  {function}")
        print()


def _pairs(lfw: Path | None):
    """PAIRS pairs of photos, half of them of one person."""
    if lfw is None:
        for n in range(PAIRS):
            yield make_face(n % 6, n), make_face((n + n % 2) % 6, n + 100)
        return
    people = [sorted(p.glob("*.jpg")) for p in sorted(lfw.iterdir()) if p.is_dir()]
    people = [photos for photos in people if len(photos) > 1]
    if len(people) <= PAIRS:
        raise SystemExit(f"{lfw} does not hold {PAIRS} people with several photos.")
    for n in range(PAIRS):
        yield people[n][0].read_bytes(), people[n + n % 2][1].read_bytes()


def _body(probe: bytes, reference: bytes) -> bytes:
    parts = []
    for name, data in (("probe", probe), ("reference", reference)):
        head = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.jpg"'
            "\r\nContent-Type: image/jpeg\r\n\r\n"
        )
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--lfw", type=Path, help="a folder of Labeled Faces in the Wild")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument(
        "--connections", type=lambda v: [int(n) for n in v.split(",")], default=[1, 2, 4]
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", action="store_true", help="sample with py-spy")
    parser.add_argument("--one-child", action="store_true", help="one process of the worker")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a setting of the server, for example REDIS_URL=redis://localhost:6379/0",
    )
    options = parser.parse_args()
    given = dict(each.split("=", 1) for each in options.set)
    # Empty: the default, where a site of the tests has one process.
    options.set = {"FACEVERIFY_WORKERS": "1" if options.one_child else ""} | given
    return options


if __name__ == "__main__":
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    main()
