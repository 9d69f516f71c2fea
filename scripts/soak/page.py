"""The result of a soak as a page, with its curves beside it."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from . import figures
from .chart import Curve, chart
from .judge import KEPT, MEGABYTE, Bound, Soak, times_by_operation

HEAD = """# {minutes:.0f} minutes of mixed load

`.venv/bin/python -m scripts.soak` made this page: it starts the site as `make run` does, measures how many
operations a second it can do, asks for {share:.0%} of them for {minutes:.0f} minutes in a mixture (two photos,
a photo and a person, searches, lists, people who come and go, batches, imports, each with what is deleted for
it), and has every result sent to a webhook whose receiver sometimes fails. Then everything is deleted again.
It ends with status 1 if a bound is broken.

"""


def write(soak: Soak, bounds: list[Bound], path: Path, *, share: float, machine: str) -> None:
    """The page at `path`; its pictures are in `images` beside it."""
    images = path.parent / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name, picture in _pictures(soak).items():
        (images / f"soak-{name}.svg").write_text(picture)
    path.write_text(_text(soak, bounds, share, machine))


def machine() -> str:
    """The processor, how many are used, and what else they did before the soak began."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if os.path.exists("/proc/cpuinfo") else ():  # fmt: skip
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    load = os.getloadavg()[0]
    return f"{len(os.sched_getaffinity(0))} cores of {cpu}; load before it began {load:.2f}"


def _text(soak: Soak, bounds: list[Bound], share: float, machine: str) -> str:
    start, end = soak.steady
    minutes = max(min(end - start, soak.asked), 0) / 60
    broken = [bound for bound in bounds if not bound.kept]
    said = "**All bounds are kept.**" if not broken else f"**{len(broken)} bounds are broken.**"
    if soak.interrupted:
        said += " It was interrupted: what follows is what was seen until then."
    operations = len(soak.ledger.times)
    parts = [
        HEAD.format(share=share, minutes=minutes),
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}. The top rate is {soak.top:.1f} operations a second; asked for "
        f"were {soak.rate:.1f}. {operations:,} operations were carried out in all, "
        f"{sum(map(len, soak.ledger.accepted.values())):,} verdicts, batches and imports accepted.{_speed(soak)}\n\n{said}\n",
        "## Bounds\n\n" + _table(
            ("Promise", "Found", "Kept"),
            [(b.promise, b.found, "yes" if b.kept else "**no**") for b in sorted(bounds, key=lambda b: b.kept)],
        ),
        "\"Flat\" and \"as quick\" are broken only by what is sure: an interval of 95 % that lies beyond the bound as a whole.\n",
        "## Operations\n\n" + _operations(soak),
        "![How long 95 % of the operations take, minute by minute](images/soak-times.svg)\n",
        "## Processes\n\n" + _processes(soak),
        "![Memory of each process](images/soak-memory.svg)\n",
        "## Disk\n\n" + _disk(soak),
        "![Stored photos and database](images/soak-disk.svg)\n",
    ]  # fmt: skip
    return "\n".join(parts)


def _speed(soak: Soak) -> str:
    """How fast the machine itself was: one that shares its processors is not always as fast."""
    start, end = soak.steady
    quarter = (end - start) / 4
    times = (soak.topped, (start, start + quarter), (end - quarter, end))
    took = [[1000 * sample.work for sample in soak.between(*each)] for each in times]
    if not all(took):
        return ""
    top, first, last = map(np.mean, took)
    low, high = np.quantile([1000 * sample.work for sample in soak.watched], (0.05, 0.95))
    return (
        f"\n\nThe machine itself was not always as fast: the same piece of work took its processor {top:.1f} ms while "
        f"the top rate was measured, {first:.1f} ms in the first quarter of the load and {last:.1f} ms in the last "
        f"(nine of ten times between {low:.1f} and {high:.1f} ms). The pace followed it: while the work took a tenth "
        "longer, a tenth fewer operations were asked for."
    )


def _operations(soak: Soak) -> str:
    rows = []
    for name, (due, seconds) in times_by_operation(soak).items():
        try:
            ratio = figures.slowing(due, seconds)
            quarters = f"{1000 * ratio.first:.0f}", f"{1000 * ratio.last:.0f}"
        except ValueError:
            quarters = "too few", "too few"
        rows.append((name, f"{len(due):,}", f"{1000 * np.median(seconds):.0f}", *quarters))
    return _table(
        ("Operation", "Times", "Median, ms", "p95 of the first quarter, ms", "of the last"), rows
    )


def _processes(soak: Soak) -> str:
    rows = []
    for role in soak.roles:
        at, memory = soak.series(role, "memory")
        if len(at) < 5:
            continue
        line = figures.slope(at, memory)
        value, low, high = (each / MEGABYTE for each in line.by_hour())
        files, threads = (soak.series(role, what)[1] for what in ("files", "threads"))
        busy = _share(at, soak.series(role, "busy")[1])
        rows.append(
            (role, busy, f"{line.start / MEGABYTE:.1f}", f"{value:+.2f} ({low:+.2f} to {high:+.2f})",
             f"{files.min():.0f} to {files.max():.0f}", f"{threads.min():.0f} to {threads.max():.0f}")
        )  # fmt: skip
    load = _share([each.at for each in soak.watched], [each.load for each in soak.watched])
    rows.append(("the load itself", load, "", "", "", ""))
    return _table(
        ("Process", "Busy, % of a core", "Memory of its own, MB", "Growth an hour, MB (95 %)", "Open files",
         "Threads"),
        rows,
    )  # fmt: skip


def _share(at: Sequence[float] | np.ndarray, busy: Sequence[float] | np.ndarray) -> str:
    """Of a core, in %; where a process was replaced by another, the time of both counts."""
    if len(at) < 2:
        return ""
    spent = np.diff(busy)
    return f"{100 * spent[spent > 0].sum() / (at[-1] - at[0]):.0f}"


def _disk(soak: Soak) -> str:
    times = (("before the load", soak.before), ("all has ended", soak.loaded), ("all is deleted", soak.after))  # fmt: skip
    rows = [
        (when, f"{told.files:,}", f"{told.bytes:,}", f"{told.database:,}")
        for when, told in times
        if told
    ]
    text = _table(("", "Stored files", "Bytes", "Bytes of the database"), rows)
    if soak.before and soak.after:
        grown = {
            table: soak.after.rows.get(table, 0) - soak.before.rows.get(table, 0) for table in KEPT
        }
        listed = ", ".join(f"{count:,} {table}" for table, count in grown.items() if count > 0)
        more = soak.after.database - soak.before.database
        text += (
            f"\nThe database has grown by {more:,} bytes, and holds more rows only of what is kept for a "
            f"time of its own ([keeping and erasing](privacy.md)): {listed or 'none'}.\n"
        )
    return text


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def _pictures(soak: Soak) -> dict[str, str]:
    began = soak.samples[0].at if soak.samples else 0.0
    minutes = [(sample.at - began) / 60 for sample in soak.samples]
    memory: list[Curve] = []
    for role in soak.roles:
        rows = [
            (minute, sample.processes[role].memory / MEGABYTE)
            for minute, sample in zip(minutes, soak.samples, strict=True)
            if role in sample.processes
        ]
        memory.append((role, [at for at, _ in rows], [value for _, value in rows]))
    disk: list[Curve] = [
        ("stored photos", minutes, [sample.photos / MEGABYTE for sample in soak.samples]),
        ("database", minutes, [sample.database / MEGABYTE for sample in soak.samples]),
    ]
    times: list[Curve] = []
    for name, (due, seconds) in times_by_operation(soak).items():
        number = ((due - soak.steady[0]) // 60).astype(int)
        common = [n for n in np.unique(number) if (number == n).sum() >= 20]
        if common:
            values = [1000 * figures.p95(seconds[number == n]) for n in common]
            times.append((name, [float(n) for n in common], values))
    return {
        "memory": chart("Memory of each process", "MB", memory),
        "disk": chart("Stored photos and database", "MB", disk),
        "times": chart("95 % of the operations take up to", "ms", times),
    }
