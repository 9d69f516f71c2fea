"""Simulated time: what happens when, processors that are shared, and queues.

What runs is a generator that yields steps. A step is a function that is given `resume` and calls it
when the step is over, with the value that the generator receives.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

Resume = Callable[..., None]
Step = Callable[[Resume], None]
Process = Generator[Step, Any, None]


class Clock:
    """Carries out what was planned, in the order of its time; seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self._planned: list[tuple[float, int, Callable[[], None]]] = []
        self._number = itertools.count()

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._planned, (when, next(self._number), action))

    def wait(self, seconds: float) -> Step:
        return lambda resume: self.at(self.now + seconds, resume)

    def run(self) -> None:
        """Until nothing is planned any more."""
        while self._planned:
            self.now, _, action = heapq.heappop(self._planned)
            action()


def start(process: Process) -> None:
    def resume(value: Any = None) -> None:
        try:
            step = process.send(value)
        except StopIteration:
            return
        step(resume)

    resume()


class Processors:
    """`count` processors that are shared evenly by all who compute on them, each on one at most.

    That is processor sharing, which the scheduler of Linux comes close to. Everybody advances at the
    same rate, so that one number says how far: whoever comes with `work` is finished when it has
    grown by `work`.
    """

    def __init__(self, clock: Clock, count: int = 1):
        self.clock, self.count = clock, count
        self.busy = 0.0  # processor-seconds so far
        self._progress = self._since = 0.0
        self._running: list[tuple[float, int, Resume]] = []
        self._number = itertools.count()
        self._plan = 0  # the newest; earlier ones are void

    def work(self, seconds: float) -> Step:
        return lambda resume: self._begin(seconds, resume)

    def _begin(self, seconds: float, resume: Resume) -> None:
        self._advance()
        heapq.heappush(self._running, (self._progress + seconds, next(self._number), resume))
        self._plan_next()

    def _rate(self) -> float:
        return min(1.0, self.count / len(self._running))

    def _advance(self) -> None:
        now = self.clock.now
        if self._running:
            self._progress += (now - self._since) * self._rate()
            self.busy += (now - self._since) * min(len(self._running), self.count)
        self._since = now

    def _plan_next(self) -> None:
        self._plan = plan = self._plan + 1
        if self._running:
            left = max(0.0, self._running[0][0] - self._progress)
            self.clock.at(self.clock.now + left / self._rate(), lambda: self._end(plan))

    def _end(self, plan: int) -> None:
        if plan != self._plan:
            return
        self._advance()
        _, _, resume = heapq.heappop(self._running)
        self._plan_next()
        resume()


class Pool:
    """So many places, taken in the order of asking."""

    def __init__(self, places: int):
        self.free = places
        self._waiting: deque[Resume] = deque()

    def take(self) -> Step:
        def step(resume: Resume) -> None:
            if self.free:
                self.free -= 1
                resume()
            else:
                self._waiting.append(resume)

        return step

    def give(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        else:
            self.free += 1


class Worker:
    """A worker with its child processes. Like Celery's it also takes messages that its children do
    not get at yet: `ahead` of them."""

    def __init__(self, processors: Processors, children: int, ahead: int):
        self.processors, self.children, self.ahead = processors, children, ahead
        self.running = 0
        self.taken: deque[Resume] = deque()

    @property
    def has_room(self) -> bool:
        return self.running + len(self.taken) < self.children + self.ahead


class Queue:
    """Messages, handed to the worker that has listened for the longest time, as Redis does."""

    def __init__(self, workers: list[Worker]):
        self.waiting: deque[Resume] = deque()
        self._listening = deque(workers)

    def turn(self) -> Step:
        """Over when a child of a worker begins; gives the worker, whom `release` frees again."""
        return self._put

    def _put(self, resume: Resume) -> None:
        if self._listening:
            self._hand(self._listening.popleft(), resume)
        else:
            self.waiting.append(resume)

    def _hand(self, worker: Worker, resume: Resume) -> None:
        begins = worker.running < worker.children
        if begins:
            worker.running += 1
        else:
            worker.taken.append(resume)
        if worker.has_room:
            self._listening.append(worker)
        if begins:
            resume(worker)

    def release(self, worker: Worker) -> None:
        had_room = worker.has_room
        following = worker.taken.popleft() if worker.taken else None
        if following is None:
            worker.running -= 1
        if not had_room:
            if self.waiting:
                self._hand(worker, self.waiting.popleft())
            else:
                self._listening.append(worker)
        if following is not None:
            following(worker)
