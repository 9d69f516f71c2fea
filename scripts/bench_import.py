"""Measure the import of a ZIP of many photos beside the time that the model alone takes for them.

    .venv/bin/python scripts/bench_import.py [--photos 10000] [--lfw FOLDER] [--each 5] [--kill] [--set NAME=VALUE]

Starts one web process and one worker, sends a ZIP with a folder for every --each photos, and waits until all
faces are found and everybody's photos are compared; what a worker takes while it has nothing to do is measured before
and taken off that wait. The photos are drawn faces (tests/support/faces.py) with a mark of their own each, or those
of an LFW folder. Processor time is the measure, of the worker with its children and of the web process; the
model is measured in a process of its own, on the same photos, before and after. --kill ends the worker with SIGKILL
in the middle and starts another: at the end nothing may be missing or there twice. 500 photos take about
a minute and a half, 10,000 about five minutes.
"""

import argparse
import io
import json
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import psutil
import requests
from PIL import Image

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import Site, site

DRAWN = 12  # faces; drawing takes longer than everything that is measured
MEASURED = 60  # photos that the model is measured on, before and after
PATIENCE = 3600.0
IDLE = 10.0  # seconds
MODEL = """
import time
from contextlib import suppress
from pathlib import Path
from verification import engine
photos = [engine.sanitize(path.read_bytes()) for path in Path({folder!r}).iterdir()]
for photo in photos[:5]:
    with suppress(engine.ImageRefused):
        engine.embed_face(photo)
started = time.process_time()
for photo in photos:
    with suppress(engine.ImageRefused):  # an import looks at such a photo, too
        engine.embed_face(photo)
print((time.process_time() - started) * 1000 / len(photos))
"""
UNCHECKED = """
from django.db.models import F
from verification.models import Person
print(Person.objects.exclude(checked_version=F("version")).count())
"""
COUNTS = """
import json
from django.db.models import Count
from verification.models import Anchor, ImportedFile, Person
print(json.dumps({
    "people": Person.objects.count(),
    "ready": Anchor.objects.filter(state="ready").count(),
    "anchors": Anchor.objects.count(),
    "lines": ImportedFile.objects.count(),
    "twice": Anchor.objects.values("content_sha256").annotate(n=Count("pk")).filter(n__gt=1).count(),
}))
"""


def main() -> None:
    options = _options()
    photos = _photos(options)
    with tempfile.TemporaryDirectory(prefix="faceverify-import-") as folder:
        home = Path(folder)
        packed = home / "people.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
            for number in range(options.photos):
                archive.writestr(f"Person {number // options.each:06}/{number}.jpg", next(photos))
        (home / "site").mkdir()
        with site(
            home / "site", FACEVERIFY_DEBUG="false", FACEVERIFY_LOG_LEVEL="WARNING",
            FACEVERIFY_IMPORT_MEGABYTES="4000", FACEVERIFY_SWEEP_SECONDS="5",
            FACEVERIFY_REQUEUE_SECONDS="5", **options.set,
        ) as place:  # fmt: skip
            place.start_web().start_worker()
            found = _measure(place, packed, options)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    model = found["model_ms"]
    print(f"{found['photos']:,} photos of {found['people']:,} people in {found['seconds']:.0f} s")
    print(f"the model alone        {model:7.2f} ms of the processor a photo")
    print(
        f"worker                 {found['worker_ms']:7.2f} ms, {found['worker_ms'] / model:.2f} times the model"
    )
    print(f"  until faces are found{found['embedded_ms']:7.2f} ms")
    print(f"web                    {found['web_ms']:7.2f} ms")
    print(f"memory at most: worker {found['worker_mb']:.0f} MB, web {found['web_mb']:.0f} MB")
    print(
        f"ready {found['ready']:,}, anchors {found['anchors']:,}, lines {found['lines']:,}, twice {found['twice']}"
    )


def _measure(place: Site, packed: Path, options: argparse.Namespace) -> dict[str, Any]:
    sample = _sample(packed, packed.with_name("sample"))
    model = [_model_ms(place, sample)]
    token = place.new_key()
    key = {"Authorization": f"Bearer {token}"}
    for _ in range(3):  # each process has its networks
        Client(place, token).submit(make_face(1), make_face(1, 1), wait=10)
    memory, idle = _Memory(place), _idle(place)
    before = _processor(place)
    started = time.monotonic()
    with packed.open("rb") as file:
        answer = requests.post(
            f"{place.url}/api/v1/imports/", files={"archive": file}, headers=key, timeout=600
        )
    if answer.status_code != 202:
        raise SystemExit(f"The import is refused: {answer.status_code} {answer.text}")
    url = f"{place.url}/api/v1/imports/{answer.json()['id']}/"
    lost: dict[str, float] = {"worker": 0.0, "web": 0.0}
    killed = not options.kill
    while True:
        state = requests.get(url, headers=key, timeout=60).json()
        if state["state"] not in ("pending", "running"):
            break
        if not killed and (state.get("added") or 0) > options.photos // 3:
            lost["worker"] = _processor(place)["worker"]
            place.kill_worker()
            place.start_worker()
            killed = True
        if time.monotonic() > started + PATIENCE:
            raise SystemExit(f"Not finished after {PATIENCE:.0f} s: {state}")
        time.sleep(1)
    seconds = time.monotonic() - started
    embedded, ended = _processor(place), time.monotonic()
    _settle(place)
    after = _processor(place)
    after["worker"] -= idle * (time.monotonic() - ended)  # it waits for most of this time
    memory.stop()
    model.append(_model_ms(place, sample))
    counts = json.loads(
        place.run("manage.py", "shell", "-v0", "--no-imports", "-c", COUNTS).splitlines()[-1]
    )
    each = 1000 / options.photos
    return {
        "state": state["state"],
        "photos": options.photos,
        "seconds": seconds,
        "model_ms": statistics.mean(model),
        "worker_ms": (after["worker"] + lost["worker"] - before["worker"]) * each,
        "embedded_ms": (embedded["worker"] + lost["worker"] - before["worker"]) * each,
        "web_ms": (after["web"] - before["web"]) * each,
        "worker_mb": memory.most["worker"],
        "web_mb": memory.most["web"],
        **counts,
    }


def _settle(place: Site) -> None:
    """Wait until nothing is left to do: some time after their photos, people are looked at."""
    deadline = time.monotonic() + PATIENCE
    while int(place.ask(UNCHECKED)):
        if time.monotonic() > deadline:
            raise SystemExit(f"People wait for their check after {PATIENCE:.0f} s.")
        time.sleep(1)


def _idle(place: Site) -> float:
    """Processor seconds that a worker with nothing to do takes in one of the clock."""
    place.ask(UNCHECKED)  # the process that answers it has started
    before = _processor(place)["worker"]
    time.sleep(IDLE)
    return (_processor(place)["worker"] - before) / IDLE


def _families(place: Site) -> dict[str, list[psutil.Process]]:
    found = {}
    for name, process in (("worker", place.worker), ("web", place.web)):
        assert process is not None
        top = psutil.Process(process.pid)
        found[name] = [top, *top.children(recursive=True)]
    return found


def _processor(place: Site) -> dict[str, float]:
    """Processor seconds of each, children that ended included."""
    found = {}
    for name, family in _families(place).items():
        total = 0.0
        for process in family:
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system + times.children_user + times.children_system
        found[name] = total
    return found


class _Memory:
    """Looks every second at what the processes have in memory that no other shares (Linux's USS)."""

    def __init__(self, place: Site):
        self.most = {"worker": 0.0, "web": 0.0}
        self._place, self._done = place, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(1):
            try:
                for name, family in _families(self._place).items():
                    used = sum(process.memory_full_info().uss for process in family) / 1e6
                    self.most[name] = max(self.most[name], used)
            except (psutil.Error, AssertionError):
                continue

    def stop(self) -> None:
        self._done.set()
        self._thread.join()


def _photos(options: argparse.Namespace) -> Iterator[bytes]:
    if options.lfw:
        files = sorted(Path(options.lfw).rglob("*.jpg"))
        if len(files) < options.photos:
            raise SystemExit(f"{options.lfw} holds {len(files)} photos only.")
        for path in files:
            yield path.read_bytes()
        return
    drawn = [np.asarray(Image.open(io.BytesIO(make_face(n)))) for n in range(1, DRAWN + 1)]
    draw = np.random.default_rng(1)
    number = 0
    while True:
        pixels = drawn[number % DRAWN].copy()
        pixels[:16, :16] = draw.integers(0, 256, (2, 2, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        pixels[-16:, :16] = draw.integers(0, 256, (2, 2, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=90)
        yield out.getvalue()
        number += 1


def _sample(packed: Path, folder: Path) -> Path:
    """Some of the photos, in a folder."""
    folder.mkdir()
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
        for number, name in enumerate(names[:: max(1, len(names) // MEASURED)][:MEASURED]):
            (folder / f"{number}.jpg").write_bytes(archive.read(name))
    return folder


def _model_ms(place: Site, sample: Path) -> float:
    """Processor milliseconds of the model for a photo, cleaned as it is stored, in a process of the site."""
    told = place.run(
        "manage.py", "shell", "-v0", "--no-imports", "-c", MODEL.format(folder=str(sample))
    )
    return float(told.splitlines()[-1])


def _set(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise argparse.ArgumentTypeError("give NAME=VALUE")
    return name, value


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--each", type=int, default=5, help="photos of a person")
    parser.add_argument("--lfw", help="a folder of photos instead of drawn ones")
    parser.add_argument("--kill", action="store_true", help="the worker in the middle")
    parser.add_argument("--json", action="store_true")
    parser.add_argument(
        "--set",
        type=_set,
        action="append",
        default=[],
        help="a setting, such as REDIS_URL=redis://…",
    )
    options = parser.parse_args()
    options.set = dict(options.set)
    return options


if __name__ == "__main__":
    main()
