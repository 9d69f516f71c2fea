"""`pictures`: curves.json as SVG into docs/images/, and the figures of docs/scale.md."""

import math
import re
from pathlib import Path
from typing import Any

from tests.support.servers import ROOT

from . import plan as planning
from .chart import Axis, Chart, Line, bars
from .check import far_off, of_runs, table
from .curves import GOAL
from .measured import Measured
from .plan import MACHINE, RATES, Assumptions, Wall

IMAGES = ROOT / "docs" / "images"
PAGE = ROOT / "docs" / "scale.md"
PLANNED = (1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
DAYS = (30, 365)
BUSY = " **The machine had other work meanwhile: these figures are too bad.**"


def pictures(measured: Measured, curves: dict[str, Any]) -> dict[str, str]:
    """SVG by file name."""
    return {
        "scale-latency.svg": _latency(curves),
        "scale-machines.svg": _machines(measured, curves),
        "scale-walls.svg": _walls(planning.walls(measured)),
    }


def _latency(curves: dict[str, Any]) -> str:
    lines = [
        Line(f"{workers} worker{'s' * (workers != '1')}", [(x, y) for x, y in points])
        for workers, points in curves["latency"].items()
    ]
    highest = max(x for line in lines for x, _ in line.points)
    told = "; ".join(
        f"{line.name}: "
        + ", ".join(f"{y:.0f} ms at {x:.0f} a second" for x, y in line.points[2::2])
        for line in lines
    )
    return Chart(
        "Latency against load, simulated",
        f"The 95th percentile of a request's time. {told}.",
        Axis("verdicts a second (Poisson arrivals)", 1, max(2000.0, highest * 1.1), (1, 3, 10, 30, 100, 300, 1000)),
        Axis("95th percentile of the time of a request", 20, 2000, (20, 50, 100, 200, 500, 1000, 2000), " ms"),
        lines,
    ).svg()  # fmt: skip


def _machines(measured: Measured, curves: dict[str, Any]) -> str:
    planned = [(rate, planning.plan(measured, rate).machines) for rate in PLANNED]
    simulated = [
        (most, int(workers) / MACHINE * _of_machine(measured))
        for workers, (most, *_) in curves["most"].items()
        if most
    ]
    walls = planning.walls(measured)[:4]
    return Chart(
        "Machines against verdicts a second",
        "Machines needed: "
        + ", ".join(f"{machines} for {rate:,} a second" for rate, machines in planned)
        + ". Walls: "
        + ", ".join(f"{wall.name} at {wall.per_second:,.0f}" for wall in walls)
        + ".",
        Axis("verdicts a second", 1, 20_000, (1, 10, 100, 1000, 10_000)),
        Axis(f"machines of {MACHINE} processors for web and workers", 0.1, 1000, (0.1, 1, 10, 100, 1000)),
        [
            Line("planned", [(x, float(y)) for x, y in planned]),
            Line("simulated", simulated, dots=True),
        ],
        [(wall.per_second, wall.name) for wall in walls],
    ).svg()  # fmt: skip


def _of_machine(measured: Measured) -> float:
    """Processors of web and worker together, for each that a worker uses."""
    service = measured.service
    return (service.web + service.worker) / service.worker


def _walls(walls: list[Wall]) -> str:
    return bars(
        "Where the walls stand",
        "; ".join(f"{wall.name}: {wall.per_second:,.0f} verdicts a second" for wall in walls),
        Axis("verdicts a second", 10, 1_000_000, (10, 100, 1000, 10_000, 100_000, 1_000_000)),
        [(wall.name, wall.per_second, f"{wall.per_second:,.0f}: {wall.because}") for wall in walls],
    )


def blocks(measured: Measured, curves: dict[str, Any], checked: dict[str, Any]) -> dict[str, str]:
    """What stands between the marks of docs/scale.md, by name."""
    return {
        "machine": _machine(measured),
        "service": _service(measured),
        "written": _written(measured),
        "plan": _plan(measured, curves),
        "linear": _linear(curves),
        "walls": _walls_table(planning.walls(measured)),
        "assumed": "\n".join(f"- {each}" for each in Assumptions().sources()),
        "history": _history(measured),
        "check": "\n\n".join((table(checked), _far_off(checked), of_runs(measured))),
    }


def filled(text: str, found: dict[str, str]) -> str:
    """A document with what stands between its marks made anew. Raises KeyError for an unknown mark."""
    return re.sub(
        r"(<!-- capacity: (\w+) -->\n).*?(<!-- end -->)",
        lambda mark: f"{mark[1]}{found[mark[2]]}\n{mark[3]}",
        text,
        flags=re.S,
    )


def write(measured: Measured, curves: dict[str, Any], checked: dict[str, Any]) -> list[Path]:
    """The paths of what was written."""
    drawn = pictures(measured, curves)
    for name, svg in drawn.items():
        (IMAGES / name).write_text(svg)
    PAGE.write_text(filled(PAGE.read_text(), blocks(measured, curves, checked)))
    return [*(IMAGES / name for name in drawn), PAGE]


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _table(head: tuple[str, ...], *rows: tuple[object, ...]) -> str:
    return "\n".join([_row(*head), _row(*("---" for _ in head)), *(_row(*row) for row in rows)])


def _machine(measured: Measured) -> str:
    machine, (one, many, two) = measured.machine, measured.runs
    return (
        f"Measured on {machine['date']} at {machine['commit']}: {machine['processors']} processors, "
        f"{machine['processor']}, load before {machine['load_before']}; model `{machine['model']}`, "
        f"{machine['photos']} photos, PostgreSQL that waits for its disk, and Redis. One request at a time: "
        f"{one['per_second']:.1f} a second, p95 {one['p95_ms']:.0f} ms. {many['clients']} at a time: "
        f"{many['per_second']:.1f} a second with one worker, {two['per_second']:.1f} with two on the same two "
        f"processors." + (BUSY if machine["load_before"] > 1.5 else "")
    )


def _service(measured: Measured) -> str:
    service = measured.service
    return _table(
        ("Part of a verdict", "Processor time, ms"),
        ("web process, until the row is queued", f"{service.receive:.1f}"),
        ("web process, the answer", f"{service.answer:.1f}"),
        ("worker: its main process", f"{service.main:.1f}"),
        ("worker: a child, no other row waiting", f"{service.worker_alone:.1f}"),
        ("worker: a child, rows waiting", f"{service.worker_busy:.1f}"),
        ("PostgreSQL", f"{service.database:.1f}"),
        ("Redis", f"{service.redis:.2f}"),
        (
            "waiting, of no processor: disks, being woken",
            f"{service.web_wait + service.worker_wait:.1f}",
        ),
    )


def _written(measured: Measured) -> str:
    written = measured.written
    return _table(
        ("A verdict", ""),
        ("statements of PostgreSQL", f"{written.statements:.1f}"),
        ("commits that write", f"{written.commits:.1f}"),
        ("WAL", f"{written.wal_bytes / 1e3:.1f} kB in {written.wal_records:.0f} records"),
        ("growth of tables and indexes", f"{written.database_bytes / 1e3:.1f} kB"),
        ("commands of Redis", f"{written.redis_commands:.1f}, {written.redis_bytes / 1e3:.1f} kB"),
        ("files", f"{written.objects:.1f}, {written.object_bytes / 1e3:.0f} kB"),
        ("request and answer", f"{written.request_bytes / 1e3:.0f} kB and {written.answer_bytes / 1e3:.1f} kB"),
    )  # fmt: skip


def _plan(measured: Measured, curves: dict[str, Any]) -> str:
    plans = [planning.plan(measured, rate) for rate in RATES]
    rows: list[tuple[str, list[str]]] = [
        ("machines for web and workers", [f"{each.machines:,}" for each in plans]),
        ("web processes", [f"{each.web:,}" for each in plans]),
        ("workers (children), photos on a disk", [f"{each.workers:,}" for each in plans]),
        ("workers (children), photos in S3", [f"{each.patient:,}" for each in plans]),
        ("processors of PostgreSQL", [f"{each.database:,}" for each in plans]),
        ("connections without a pool", [f"{each.connections:,}" for each in plans]),
        ("with PgBouncer", [f"{each.pooled:,}" for each in plans]),
        ("processors of Redis", [f"{each.redis:.2g}" for each in plans]),
        ("sites beside each other", [f"{each.sites:,}" for each in plans]),
        ("web threads that wait", [f"{each.threads:,}" for each in plans]),
        ("Mbit/s in", [f"{each.mega_bits:,.1f}" for each in plans]),
        ("p95, simulated", [f"{each:.0f} ms" for each in curves["planned"].values()]),
        (
            "processors busy on average",
            [f"{each.processor_seconds * each.per_second:,.2f}" for each in plans],
        ),
    ]
    head = ("Verdicts a second", *(f"{each.per_second:,}" for each in plans))
    cost = plans[0].processor_seconds
    return (
        _table(head, *((name, *cells) for name, cells in rows))
        + f"\n\nA verdict costs {1000 * cost:.0f} ms of processor time of all machines together, a million "
        f"{cost * 1e6 / 3600:.0f} processor-hours."
    )


def _linear(curves: dict[str, Any]) -> str:
    rows = [
        (workers, f"{most:.1f}", f"{most / int(workers):.1f}", f"{name}, {busy:.0%}")
        for workers, (most, name, busy) in curves["most"].items()
    ]
    return _table(
        ("Workers", f"Verdicts a second with p95 ≤ {1000 * GOAL:.0f} ms", "for each worker", "busiest then"),
        *rows,
    )  # fmt: skip


def _walls_table(walls: list[Wall]) -> str:
    return _table(
        ("Wall", "Verdicts a second", "Because", "Known", "Moved by"),
        *((w.name, f"{w.per_second:,.0f}", w.because, w.known, w.moved) for w in walls),
    )


def _history(measured: Measured) -> str:
    def cell(rate: float, days: float) -> str:
        files, rows = planning.history_bytes(measured, rate, days)
        return f"{_size(files)} + {_size(rows)}"

    return _table(
        ("Kept for", *(f"{rate:,} a second" for rate in RATES)),
        *((f"{days} days", *(cell(rate, days) for rate in RATES)) for days in DAYS),
    )


def _size(size: float) -> str:
    power = min(5, int(math.log(max(size, 1), 1000)))
    return f"{size / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"


def _far_off(checked: dict[str, Any]) -> str:
    told = [
        f"{words} {middle:.0%} in the middle and {most:.0%} at most"
        for words, (middle, most) in (
            ("throughput", far_off(checked, "per_second")),
            ("the median", far_off(checked, "p50_ms")),
            ("the 95th percentile", far_off(checked, "p95_ms")),
        )
    ]
    return f"The simulation is off by: {'; '.join(told)}. Load of the machine before: {checked['load_before']}."
