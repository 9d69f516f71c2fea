"""What `check` found, in words; and what the simulation says of the measured runs."""

from .measured import Measured, quantile
from .simulation import Layout, Simulation, WorkerPlace

THREADS = 64  # of the web process


def table(checked: dict) -> str:
    """In Markdown."""
    lines = [
        "| Workers | Offered a second | Done a second, predicted | measured | Median, predicted | measured | p95, predicted | measured |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in checked["rows"]:
        real, simulated = row["measured"], row["predicted"]
        lines.append(
            f"| {row['workers']} | {row['offered']:.1f} | {simulated['per_second']:.1f} | {real['per_second']:.1f} "
            f"| {simulated['p50_ms']:.0f} ms | {real['p50_ms']:.0f} ms "
            f"| {simulated['p95_ms']:.0f} ms | {real['p95_ms']:.0f} ms |"
        )
    return "\n".join(lines)


def far_off(checked: dict, figure: str) -> tuple[float, float]:
    """The middle and the largest error of a predicted figure, as a share of the measured one."""
    errors = [
        abs(row["predicted"][figure] / row["measured"][figure] - 1) for row in checked["rows"]
    ]
    return quantile(errors, 0.5), max(errors)


def layout_of(workers: int) -> Layout:
    """Of the two processors of scripts/capacity/pinned.py, for the simulation."""
    places = [WorkerPlace("second"), WorkerPlace("first")][:workers]
    return Layout(
        {"first": 1, "second": 1},
        places,
        web="first",
        database="first",
        redis="first",
        client="first",
        threads=THREADS,
    )


def of_runs(measured: Measured, verdicts: int = 3000) -> str:
    """In Markdown: the runs that service times were measured in. Only the one with two workers is news
    to the simulation."""
    lines = [
        "| Clients that ask again at once | Workers | Done a second, predicted | measured | p95, predicted | measured |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for run in measured.runs:
        found = Simulation(measured.service, layout_of(run["workers"])).closed(
            run["clients"], verdicts
        )
        lines.append(
            f"| {run['clients']} | {run['workers']} | {found.per_second:.1f} | {run['per_second']:.1f} "
            f"| {1000 * found.latency(0.95):.0f} ms | {run['p95_ms']:.0f} ms |"
        )
    return "\n".join(lines)
