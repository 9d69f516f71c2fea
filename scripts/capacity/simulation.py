"""A site in simulated time: web processes, the queue, workers, the database and Redis."""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .events import Clock, Pool, Process, Processors, Queue, Worker, start
from .measured import Service, quantile

# A web process looks for the end of a row at growing pauses, unless a worker of the same machine
# wakes it: verification/jobs/waiting.py.
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.02, 1.3, 0.25
WARM_UP = 0.1  # of the verdicts, which are not counted

Spread = Callable[[random.Random], float]


def drawn_from(quantiles: tuple[float, ...]) -> Spread:
    return lambda chance: quantiles[int(chance.random() * len(quantiles))]


def exponential(chance: random.Random) -> float:
    return chance.expovariate(1.0)


@dataclass(frozen=True)
class WorkerPlace:
    """A worker: on which processors, with how many children, taking how many messages ahead."""

    processors: str
    children: int = 1
    ahead: int = 1


@dataclass(frozen=True)
class Layout:
    """Which processors there are, by name and number, and what runs on them."""

    processors: dict[str, int]
    workers: list[WorkerPlace]
    web: str = "web"
    database: str = "database"
    redis: str = "redis"
    client: str | None = None
    threads: int = 1_000_000  # of all web processes
    woken: bool = True  # web processes are told that a row is finished; else they look

    @classmethod
    def apart(cls, workers: int, *, web: int, database: int = 16, woken: bool = False) -> "Layout":
        """Each on processors of its own: workers of eight children at most, each with one processor."""
        places, processors = [], {"web": web, "database": database, "redis": 1}
        for number, first in enumerate(range(0, workers, 8)):
            children = min(8, workers - first)
            processors[f"worker {number}"] = children
            places.append(WorkerPlace(f"worker {number}", children, children))
        return cls(processors, places, woken=woken)


@dataclass
class Result:
    """What a simulated site did; times in seconds."""

    offered: float  # verdicts a second, so far as they come by themselves
    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0  # from the first counted arrival to the last end
    busy: dict[str, float] = field(default_factory=dict)  # share of the time, by processors

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def latency(self, share: float) -> float:
        return quantile(self.latencies, share)


def poisson(per_second: float, number: int, chance: random.Random) -> Iterator[float]:
    """Moments of so many arrivals that know nothing of each other."""
    now = 0.0
    for _ in range(number):
        now += chance.expovariate(per_second)
        yield now


def from_file(path: Path) -> list[float]:
    """Moments of arrivals, one a line, in seconds from any moment. Raises SystemExit for a file that
    says something else."""
    try:
        moments = sorted(float(line) for line in path.read_text().split())
    except (OSError, ValueError) as error:
        raise SystemExit(f"{path}: one number of seconds a line is expected ({error}).") from None
    if len(moments) < 2 or not math.isfinite(moments[-1] - moments[0]):
        raise SystemExit(f"{path}: two moments at least are expected, in seconds.")
    return [moment - moments[0] for moment in moments]


class Simulation:
    """Carries verdicts through a layout. The same seed gives the same result."""

    def __init__(
        self,
        service: Service,
        layout: Layout,
        *,
        seed: int = 1,
        warm_up: float = WARM_UP,
        web_spread: Spread | None = None,
        worker_spread: Spread | None = None,
    ):
        self.service, self.layout, self.warm_up = service, layout, warm_up
        self.clock, self.chance = Clock(), random.Random(seed)
        self.web_spread = web_spread or drawn_from(service.web_spread)
        self.worker_spread = worker_spread or drawn_from(service.worker_spread)
        self.processors = {
            name: Processors(self.clock, count) for name, count in layout.processors.items()
        }
        self.threads = Pool(layout.threads)
        self.queue = Queue(
            [
                Worker(self.processors[place.processors], place.children, place.ahead)
                for place in layout.workers
            ]
        )
        self.ended: list[tuple[float, float]] = []  # arrival, latency

    def open(self, arrivals: Iterable[float]) -> Result:
        """Verdicts come whether or not earlier ones are finished."""
        moments = list(arrivals)
        for moment in moments:
            self.clock.at(moment, lambda: start(self._verdict()))
        self.clock.run()
        span = moments[-1] - moments[0] if len(moments) > 1 else 0.0
        return self._result(len(moments) / span if span else 0.0)

    def closed(self, clients: int, number: int) -> Result:
        """So many clients, each of which asks again as soon as it has its answer."""
        for _ in range(clients):
            start(self._client(number))
        self.clock.run()
        return self._result(0.0)

    def _client(self, number: int) -> Process:
        while len(self.ended) < number:
            yield from self._verdict()

    def _verdict(self) -> Process:
        service, layout, chance, clock = self.service, self.layout, self.chance, self.clock
        web, database = self.processors[layout.web], self.processors[layout.database]
        redis = self.processors[layout.redis]
        arrival, spread = clock.now, self.web_spread(chance)
        yield self.threads.take()
        if layout.client:
            yield self.processors[layout.client].work(service.client / 1000)
        yield web.work(service.receive * spread / 1000)
        yield database.work(service.database / 2000)
        if service.web_wait:
            yield clock.wait(service.web_wait / 1000)
        yield redis.work(service.redis / 1000)
        asked = clock.now

        worker: Worker = yield self.queue.turn()
        many = bool(self.queue.waiting or worker.taken)
        own = service.worker_busy if many else service.worker_alone
        yield worker.processors.work((service.main + own * self.worker_spread(chance)) / 1000)
        yield database.work(service.database / 2000)
        if service.worker_wait:
            yield clock.wait(service.worker_wait / 1000)
        self.queue.release(worker)

        if not layout.woken:
            yield clock.wait(until_looked(clock.now - asked))
        yield web.work(service.answer * spread / 1000)
        self.threads.give()
        self.ended.append((arrival, clock.now - arrival))

    def _result(self, offered: float) -> Result:
        counted = self.ended[int(self.warm_up * len(self.ended)) :]
        if not counted:
            return Result(offered)
        begun = min(arrival for arrival, _ in counted)
        last = max(arrival + latency for arrival, latency in counted)
        return Result(
            offered,
            [latency for _, latency in counted],
            last - begun,
            {
                name: each.busy / (self.clock.now * each.count or 1)
                for name, each in self.processors.items()
            },
        )


def until_looked(waited: float) -> float:
    """How long after the end of a row a web process looks that has waited for so long by then."""
    looked, pause = 0.0, FIRST_PAUSE
    while looked < waited:
        looked, pause = looked + pause, min(pause * GROWTH, LONGEST_PAUSE)
    return looked - waited


def latency_at(
    service: Service, layout: Layout, per_second: float, *, number: int = 8000, seed: int = 1
) -> Result:
    """The result of so many Poisson arrivals at this rate."""
    return Simulation(service, layout, seed=seed).open(
        poisson(per_second, number, random.Random(seed + 1))
    )


def ceiling(service: Service, layout: Layout) -> float:
    """Verdicts a second that no layout of these processors can exceed: where the busiest of them has
    no idle time left. Workers share their verdicts as their processors have time."""
    each: dict[str, float] = dict.fromkeys(layout.processors, 0.0)
    for name, milliseconds in (
        (layout.web, service.web),
        (layout.database, service.database),
        (layout.redis, service.redis),
        (layout.client, service.client),
    ):
        if name:
            each[name] += milliseconds / 1000
    places = {place.processors for place in layout.workers}
    free = sum(layout.processors[name] for name in places)
    beside = sum(each[name] for name in places)
    children = sum(place.children for place in layout.workers)
    limits = [free / (beside + service.worker / 1000), children / (service.held / 1000)]
    limits += [layout.processors[n] / cost for n, cost in each.items() if cost and n not in places]
    limits += [layout.processors[n] / each[n] for n in places if each[n]]
    return min(limits)
