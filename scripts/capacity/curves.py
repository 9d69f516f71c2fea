"""What the pictures show, simulated once from measured.json and kept in curves.json."""

import json
import math
from typing import Any

from .measured import CURVES, MEASURED, Measured, Service, digest
from .plan import MACHINE, RATES, plan
from .simulation import Layout, ceiling, latency_at

WORKERS = (1, 2, 4, 8, 16, 32, 64)
SHARES = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.87, 0.93, 0.97)  # of what a layout can do at most
GOAL = 0.25  # seconds: the 95th percentile of the latency that `most` keeps
VERDICTS = 5000  # of one simulated point
NAMES = {"web": "web processes", "database": "PostgreSQL", "redis": "Redis"}
STEPS = 7  # of the search for the highest rate: it is known to one part in a hundred


def layout(service: Service, workers: int) -> Layout:
    """So many workers with as many web processes as keep them busy. One machine wakes its web
    processes when a row is finished; those of several look for it."""
    web = max(1, math.ceil(workers * service.web / service.worker))
    return Layout.apart(workers, web=web, database=32, woken=workers <= MACHINE)


def point(service: Service, workers: int, share: float) -> list[float]:
    """Verdicts a second, and the 95th percentile of the latency in ms."""
    site = layout(service, workers)
    rate = share * ceiling(service, site)
    found = latency_at(service, site, rate, number=VERDICTS)
    return [round(rate, 2), round(1000 * found.latency(0.95), 1)]


def most(service: Service, workers: int) -> tuple[float, str, float]:
    """The highest rate whose 95th percentile keeps GOAL, 0 if none does; what is busiest then, and to
    which share."""
    site = layout(service, workers)
    low, high = 0.0, ceiling(service, site)
    busiest = ("", 0.0)
    for _ in range(STEPS):
        middle = (low + high) / 2
        found = latency_at(service, site, middle, number=VERDICTS)
        if found.latency(0.95) > GOAL:
            high = middle
        else:
            low, busiest = middle, max(found.busy.items(), key=lambda each: each[1])
    return round(low, 2), NAMES.get(busiest[0], "workers"), round(busiest[1], 3)


def planned(measured: Measured, per_second: float) -> float:
    """The 95th percentile of the latency, in ms, of one of the sites that the plan buys."""
    whole = plan(measured, per_second)
    rate = per_second / whole.sites
    found = plan(measured, rate)
    site = Layout.apart(
        found.workers, web=found.web, database=found.database, woken=found.machines == 1
    )
    number = max(VERDICTS, round(5 * rate))
    return round(1000 * latency_at(measured.service, site, rate, number=number).latency(0.95), 1)


def simulate(measured: Measured) -> dict[str, Any]:
    service = measured.service
    return {
        "of": digest(MEASURED),
        "latency": {str(n): [point(service, n, share) for share in SHARES] for n in WORKERS},
        "most": {str(n): most(service, n) for n in WORKERS},
        "planned": {str(rate): planned(measured, rate) for rate in RATES},
    }


def save(curves: dict[str, Any]) -> None:
    CURVES.write_text(json.dumps(curves) + "\n")


def kept() -> dict[str, Any]:
    return json.loads(CURVES.read_text())
