"""`measure`: the real site with one worker and with two, each on a processor of its own."""

import datetime
import os
import platform
import statistics
import subprocess
import time
from dataclasses import asdict
from pathlib import Path

from tests.support.servers import ROOT

from .clients import Asked, Clients
from .limits import limits_of
from .measured import Measured, Service, Written, quantile, spread
from .pinned import Counts, PinnedSite, pinned_site

WARM = 3  # seconds
MANY = 4  # clients at once: no worker is idle, and none of them waits much longer than it takes
OBJECTS_READ = 2.0  # a worker reads both photos


def measure(*, seconds: float = 20, model: str = "", lfw: Path | None = None) -> Measured:
    """`seconds` for each of three runs."""
    begun = time.monotonic()
    load = os.getloadavg()[0]
    with pinned_site(model) as place:
        clients = Clients(place.place.port, place.place.new_key(), lfw)
        clients.closed(MANY, WARM)

        one, before_one, after_one = _run(place, clients, 1, seconds)
        alone = _each(before_one, after_one, one, queued=True)
        answer = _answer(place, clients, one.answers[0].id)
        many, before, after = _run(place, clients, MANY, seconds)
        busy = _each(before, after, many)
        quick = _each(before_one, after_one, one)
        parts = _parts(place, one)
        written = _written(place, before, after, many, clients)
        connections = place.connections()

        place.start_second_worker()
        clients.closed(MANY, WARM)
        two, *_ = _run(place, clients, MANY, seconds)
        limits = limits_of(place, round(written.object_bytes / written.objects))
        model = place.model(one.answers[0].id)

    run, rest = (statistics.mean(each) for each in zip(*parts, strict=True))
    # What is left of the time of one request without the time on processors and waiting for one.
    rest -= sum(alone[name] for name in ("web", "worker_main", "redis", "client"))
    web_wait = rest - alone["database"] / 2
    worker_wait = run - alone["worker_child"] - alone["database"] / 2
    service = Service(
        receive=busy["web"] - answer,
        answer=answer,
        main=busy["worker_main"],
        worker_alone=quick["worker_child"],
        worker_busy=busy["worker_child"],
        database=busy["database"],
        redis=busy["redis"],
        client=busy["client"],
        web_wait=max(0.0, web_wait),
        worker_wait=max(0.0, worker_wait),
        web_spread=spread([rest for _, rest in parts]),
        worker_spread=spread([run for run, _ in parts]),
    )
    return Measured(
        machine=_machine(model, load, lfw) | {"seconds": round(time.monotonic() - begun)},
        service=_rounded(service),
        written=_rounded(written),
        limits=_rounded(limits),
        connections=connections,
        runs=[
            _told(name, workers, clients, asked)
            for name, workers, clients, asked in (
                ("one request at a time", 1, 1, one),
                ("as many as one worker can do", 1, MANY, many),
                ("as many as two workers can do", 2, MANY, two),
            )
        ],
    )


def _run(
    place: PinnedSite, clients: Clients, number: int, seconds: float
) -> tuple[Asked, Counts, Counts]:
    before = place.counts()
    asked = clients.closed(number, seconds)
    time.sleep(0.5)  # for what follows an answer
    return asked, before, place.counts()


def _each(before: Counts, after: Counts, asked: Asked, *, queued: bool = False) -> dict[str, float]:
    """Milliseconds of each verdict by what ran: processor time, and with `queued` waiting for one."""
    number = len(asked.answers)
    found = {name: after.processor[name] - before.processor[name] for name in before.processor}
    if queued:
        found = {
            name: each + after.queued[name] - before.queued[name] for name, each in found.items()
        }
    return {name: 1000 * each / number for name, each in found.items()}


def _answer(place: PinnedSite, clients: Clients, id: str) -> float:
    """Milliseconds of the web process for reading a finished row: what the end of a verdict takes."""
    before = place.counts().processor["web"]
    times = clients.read(id, WARM)
    return 1000 * (place.counts().processor["web"] - before) / times


def _parts(place: PinnedSite, asked: Asked) -> list[tuple[float, float]]:
    """Of each request, milliseconds: while a worker carried the row out, and all else."""
    rows = place.runs([answer.id for answer in asked.answers])
    return [
        (1000 * rows[answer.id][1], 1000 * (answer.seconds - rows[answer.id][1]))
        for answer in asked.answers
        if answer.id in rows
    ]


def _written(
    place: PinnedSite, before: Counts, after: Counts, asked: Asked, clients: Clients
) -> Written:
    number = len(asked.answers)
    wal_bytes, commits = place.wal_between(before, after)

    def grown(name: str) -> float:
        return (getattr(after, name) - getattr(before, name)) / number

    return Written(
        statements=grown("statements"),
        commits=commits / number,
        wal_bytes=wal_bytes / number,
        wal_records=grown("wal_records"),
        database_bytes=grown("database_bytes"),
        redis_commands=grown("redis_commands"),
        redis_bytes=grown("redis_bytes"),
        objects=grown("objects"),
        object_bytes=grown("object_bytes"),
        objects_read=OBJECTS_READ,
        request_bytes=clients.request_bytes,
        answer_bytes=statistics.mean(answer.size for answer in asked.answers),
    )


def _told(name: str, workers: int, clients: int, asked: Asked) -> dict:
    return {
        "name": name,
        "workers": workers,
        "clients": clients,
        "answers": len(asked.answers),
        "unfinished": sum(not answer.finished for answer in asked.answers),
        "per_second": round(asked.per_second, 2),
        "p50_ms": round(1000 * quantile(asked.latencies, 0.5), 1),
        "p95_ms": round(1000 * quantile(asked.latencies, 0.95), 1),
    }


def _rounded(values):
    """To four digits that count: the rest is noise."""

    def shorter(value):
        return float(f"{value:.4g}") if isinstance(value, float) else value

    return type(values)(**{name: shorter(value) for name, value in asdict(values).items()})


def _machine(model: str, load: float, lfw: Path | None) -> dict:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "load_before": round(load, 2),
        "date": datetime.date.today().isoformat(),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "model": model,
        "photos": "Labeled Faces in the Wild" if lfw else "drawn",
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
