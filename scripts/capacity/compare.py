"""`check`: the same arrivals for the real site and for the simulation."""

import os
import random
from pathlib import Path

from .check import layout_of
from .clients import Asked, Clients
from .measured import MEASURED, Measured, digest, quantile
from .pinned import pinned_site
from .simulation import Result, Simulation, ceiling, poisson

SHARES = (0.3, 0.6, 0.8, 0.95)  # of what the simulated site can do at most


def compare(
    measured: Measured, *, seconds: float = 20, model: str = "", lfw: Path | None = None
) -> dict:
    """Rows of predicted and measured throughput and latency, with one worker and with two."""
    rows, load = [], os.getloadavg()[0]
    with pinned_site(model or measured.machine["model"]) as place:
        clients = Clients(place.place.port, place.place.new_key(), lfw)
        for workers in (1, 2):
            if workers == 2:
                place.start_second_worker()
            clients.closed(8, 3)
            for number, share in enumerate(SHARES):
                rate = share * ceiling(measured.service, layout_of(workers))
                seed = 10 * workers + number
                arrivals = list(poisson(rate, round(rate * seconds), random.Random(seed)))
                predicted = Simulation(measured.service, layout_of(workers), seed=seed, warm_up=0.0)
                asked = clients.open(arrivals)
                rows.append(
                    {
                        "workers": workers,
                        "offered": round(rate, 1),
                        "verdicts": len(arrivals),
                        "unfinished": sum(not answer.finished for answer in asked.answers),
                        "measured": _of_site(asked),
                        "predicted": _of_simulation(predicted.open(arrivals)),
                    }
                )
    return {"of": digest(MEASURED), "load_before": round(load, 2), "rows": rows}


def _of_site(asked: Asked) -> dict:
    return _figures(asked.per_second, asked.latencies)


def _of_simulation(result: Result) -> dict:
    return _figures(result.per_second, result.latencies)


def _figures(per_second: float, latencies: list[float]) -> dict:
    return {
        "per_second": round(per_second, 2),
        "p50_ms": round(1000 * quantile(latencies, 0.5), 1),
        "p95_ms": round(1000 * quantile(latencies, 0.95), 1),
    }
