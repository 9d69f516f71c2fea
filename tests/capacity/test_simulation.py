"""The simulation against formulas of queueing theory (Kleinrock, Queueing Systems, volume 1)."""

import math
import random
from statistics import mean
from typing import Any

import pytest

from scripts.capacity.events import Clock, Processors, start
from scripts.capacity.measured import Service
from scripts.capacity.simulation import (
    FIRST_PAUSE,
    GROWTH,
    LONGEST_PAUSE,
    Layout,
    Simulation,
    WorkerPlace,
    ceiling,
    exponential,
    latency_at,
    poisson,
    until_looked,
)
from verification.jobs import waiting


def service(**milliseconds: float) -> Service:
    """One that takes nothing else."""
    nothing: dict[str, Any] = dict.fromkeys(Service.__dataclass_fields__, 0.0)
    spreads = {"web_spread": (1.0,), "worker_spread": (1.0,)}
    return Service(**nothing | spreads | milliseconds)


SECOND = service(worker_alone=1000, worker_busy=1000)


def layout(*workers: WorkerPlace, **processors: int) -> Layout:
    return Layout({"web": 1, "database": 1, "redis": 1, **processors}, list(workers))


def mean_latency(site: Layout, per_second: float, spread, number: int = 20_000) -> float:
    simulation = Simulation(SECOND, site, worker_spread=spread)
    return mean(simulation.open(poisson(per_second, number, random.Random(3))).latencies)


def waiting_of_many(servers: int, load: float) -> float:
    """The mean wait of M/M/c by Erlang's C, in service times."""
    offered = servers * load
    last = offered**servers / math.factorial(servers) / (1 - load)
    all_busy = last / (sum(offered**n / math.factorial(n) for n in range(servers)) + last)
    return all_busy / (servers * (1 - load))


@pytest.mark.parametrize("servers", [1, 4])
def test_exponential_times_and_many_children_wait_as_erlang_says(servers):
    site = layout(WorkerPlace("w", children=servers, ahead=0), w=servers)

    found = mean_latency(site, 0.7 * servers, exponential)

    assert found == pytest.approx(1 + waiting_of_many(servers, 0.7), rel=0.04)


def test_equal_times_wait_half_as_long_as_exponential_ones():
    site = layout(WorkerPlace("w", ahead=0), w=1)

    found = mean_latency(site, 0.7, lambda chance: 1.0)

    assert found == pytest.approx(1 + 0.7 / (2 * (1 - 0.7)), rel=0.03)  # M/D/1


def test_shared_processors_give_each_an_equal_part():
    clock, ended = Clock(), {}
    processors = Processors(clock, 2)

    def process(name: str, seconds: float):
        yield processors.work(seconds)
        ended[name] = clock.now

    for name, seconds in (("a", 1.0), ("b", 2.0), ("c", 3.0)):
        start(process(name, seconds))
    clock.run()

    # Three on two advance at 2/3: a is done at 1.5; then each has one of its own.
    assert ended == pytest.approx({"a": 1.5, "b": 2.5, "c": 3.5})
    assert processors.busy == pytest.approx(6.0)


def test_a_message_taken_ahead_waits_although_another_worker_is_idle():
    jobs = [WorkerPlace("w", ahead=1), WorkerPlace("w", ahead=1)]
    greedy = layout(*jobs, w=2)
    patient = layout(*(WorkerPlace(job.processors, ahead=0) for job in jobs), w=2)

    waits = [mean_latency(site, 1.2, exponential, number=5000) for site in (greedy, patient)]

    assert waits[0] > 1.05 * waits[1]


def test_clients_that_ask_again_keep_the_worker_busy():
    site = layout(WorkerPlace("w"), w=1)

    found = Simulation(SECOND, site, warm_up=0.0).closed(3, 100)

    assert found.per_second == pytest.approx(1.0)
    assert found.latency(0.5) == pytest.approx(3.0)


def test_no_more_is_done_than_the_busiest_processors_can_do():
    busy = service(worker_alone=50, worker_busy=50, receive=30)
    site = layout(WorkerPlace("w", children=4), w=4)

    highest = ceiling(busy, site)
    flooded = Simulation(busy, site).closed(30, 2000)

    assert highest == pytest.approx(1000 / 30)
    assert flooded.per_second == pytest.approx(highest, rel=0.02)
    assert flooded.busy["web"] == pytest.approx(1.0, abs=0.02)


def test_a_web_process_looks_at_the_pauses_of_the_real_one():
    assert (FIRST_PAUSE, LONGEST_PAUSE) == (waiting.FIRST_PAUSE, waiting.LONGEST_PAUSE)

    assert until_looked(0.005) == pytest.approx(0.015)
    assert until_looked(0.021) == pytest.approx(0.02 + 0.02 * GROWTH - 0.021)


def test_the_same_seed_gives_the_same_result():
    site = Layout.apart(3, web=1)
    quick = service(worker_alone=50, worker_busy=50, receive=9)

    one, again, other = (
        latency_at(quick, site, 40, number=200, seed=s).latencies for s in (1, 1, 2)
    )

    assert one == again != other
