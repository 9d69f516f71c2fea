"""An hour of mixed load at 70 % of the top rate: is memory flat, the disk as promised, nothing lost?

    .venv/bin/python -m scripts.soak [--minutes 60] [--share 0.7] [--out docs/soak.md] [--json OUT]

Starts the site as `make run` does, in a folder of its own, and measures how many operations a second it can
do (see scripts/soak/load.py for the mixture); then asks for a share of them for so long, fewer while the
machine itself is slower, and looks at the processes, the disk and the answers. The result is a page; the
status is 1 if a bound is broken. Interrupted by Ctrl-C or SIGTERM, it lets everything end, and judges and
writes what it has seen. Measure on an otherwise idle machine; it takes about a fifth longer than the minutes
given. --servers uses Redis and PostgreSQL instead of the queue and the database that need no server.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import psutil
import requests

from tests.support.servers import Site, eventually, postgres_server, redis_server, site

from . import page, told
from .judge import Bound, Soak, judge
from .ledger import Ledger
from .load import FEW, VERDICTS, Load
from .receiver import Receiver
from .watch import Watch

PROGRAMS = 6  # that send one request after the other, to find the top rate
CROWD = 60  # more than web has threads: all are there before anything is measured, each with its connection
FAIL_EVERY = 300  # attempts of webhooks, of which one fails
MINUTE = 60.0  # seconds in which the machine's speed is taken as one
UNDO_MINUTES = 1  # until what can be undone is erased
LOG = 4000  # characters of the log that are shown when it breaks off
MESSAGES = 600  # seconds after the load until all messages must have ended
SCOPES = ["verify", "gallery:read", "gallery:write", "history:read", "history:write", "admin"]


def main() -> int:
    options = _options()
    stop = threading.Event()
    _stop_by_signal(stop)
    machine = page.machine()
    with contextlib.ExitStack() as stack:
        soak = Soak(Ledger(), Receiver(FAIL_EVERY))
        stack.callback(soak.receiver.close)
        place = stack.enter_context(soaked_site(servers=options.servers))
        try:
            run(place, soak, minutes=options.minutes, share=options.share, stop=stop)
        except BaseException as error:
            soak.ledger.trouble(f"the soak broke off: {type(error).__name__}")
            soak.interrupted = True
            say(f"broke off: {error!r}\n{place.log('run')[-LOG:]}")
        finally:
            bounds = judge(soak)
            page.write(soak, bounds, options.out, share=options.share, machine=machine)
            if options.json:
                options.json.write_text(_as_json(soak, bounds, machine))
    for bound in bounds:
        print(f"{'kept  ' if bound.kept else 'BROKEN'} {bound.promise}: {bound.found}")
    print(f"The page is {options.out}.")
    return int(not all(bound.kept for bound in bounds))


def run(place: Site, soak: Soak, *, minutes: float, share: float, stop: threading.Event) -> None:
    """Fill the site, find its top rate, load it, and empty it; what is seen goes into `soak`."""
    seconds = soak.asked = 60 * minutes
    program = psutil.Process(place.launch("run", "scripts/run.py").pid)
    try:
        eventually(lambda: _is_ready(place), "the site")
        load = Load(
            place.url,
            place.new_key(scopes=SCOPES),
            soak.ledger,
            verdicts=VERDICTS if minutes >= 10 else FEW,
        )
        say("filling the gallery")
        load.fill()
        _register(load, soak.receiver)
        soak.before = told.ask(place)
        with Watch(place, program, soak.ledger.began, max(1.0, seconds / 720)) as watch:
            soak.samples = watch.samples
            # Longer than what can be undone waits: its erasure is a part of the work.
            trial = min(max(seconds / 20, 60 * UNDO_MINUTES), 120)
            say(f"finding the top rate: {2 * trial:.0f} s")
            load.as_fast_as_it_goes(CROWD, trial, stop)  # warm, and with things to delete
            began = soak.ledger.now()
            soak.top = load.as_fast_as_it_goes(PROGRAMS, trial, stop)
            soak.topped = (began, soak.ledger.now())
            soak.rate = share * soak.top
            say(f"top rate {soak.top:.1f} operations a second; {minutes:g} min at {soak.rate:.1f}")
            warm = min(seconds / 6, 600)
            began = soak.ledger.now()
            soak.steady = (began + warm, math.inf)
            load.at_a_pace(_pace(soak), seconds + warm, stop, _progress(soak, began))
            soak.steady = (began + warm, soak.ledger.now())
            soak.interrupted = stop.is_set()
            say("waiting until everything has ended")
            load.drain()
            soak.waiting = _wait_for_messages(place)
            _wait_until_erased(place)
        soak.loaded, soak.removed = told.ask(place), soak.ledger.deleted.copy()
        say("deleting everything")
        load.delete_all()
        _wait_until_erased(place)
        soak.after = told.ask(place)
    finally:
        _end(program)


def say(what: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def soaked_site(*, servers: bool) -> Iterator[Site]:
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faceverify-soak-")))
        environment = {
            "FACEVERIFY_DEBUG": "false",
            "FACEVERIFY_LOG_LEVEL": "WARNING",
            "FACEVERIFY_SWEEP_SECONDS": "5",
            "FACEVERIFY_REQUEUE_SECONDS": "30",
            "FACEVERIFY_WORKERS": "2",
            "FACEVERIFY_WEBHOOK_PRIVATE": "true",
            "FACEVERIFY_UNDO_MINUTES": str(UNDO_MINUTES),
        }
        if servers:
            environment["REDIS_URL"] = stack.enter_context(redis_server())
            environment["DATABASE_URL"] = stack.enter_context(postgres_server())
        yield stack.enter_context(site(home, tables=True, **environment))


def _is_ready(place: Site) -> bool:
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"{place.url}/health/ready", timeout=5).json()["worker"] == "ok"
    return False


def _register(load: Load, receiver: Receiver) -> None:
    """A webhook for everything that ends."""
    events = ["verification.completed", "batch.completed", "import.completed"]
    load.ask("POST", "webhooks/", 201, json={"url": receiver.url, "events": events})


def _pace(soak: Soak) -> Callable[[], float]:
    """Operations a second: the share of what the machine can do now. One that shares its processors with others
    is faster and slower by a third from minute to minute: what is 70 % in one is 95 % in the next."""
    then = soak.work(*soak.topped)

    def pace() -> float:
        now = soak.ledger.now()
        faster = then / soak.work(now - MINUTE, now)
        return max(soak.rate * (1 if math.isnan(faster) else faster), 0.1)

    return pace


def _progress(soak: Soak, began: float) -> Callable[[], None]:
    """Says once a minute how it goes."""
    last = [began]

    def told_of() -> None:
        if (now := soak.ledger.now()) - last[0] >= 60:
            last[0] = now
            say(
                f"{(now - began) / 60:.0f} min: {len(soak.ledger.times)} operations, "
                f"{sum(map(len, soak.ledger.unfinished.values()))} under way, "
                f"{soak.ledger.troubles.total()} troubles"
            )

    return told_of


def _wait_for_messages(place: Site) -> int:
    """How many wait in the end, when they have had time to be delivered."""
    deadline = time.monotonic() + MESSAGES
    while (waiting := told.waiting_messages(place)) and time.monotonic() < deadline:
        time.sleep(2)
    return waiting


def _wait_until_erased(place: Site) -> None:
    """Until nothing can be undone any more: no file goes while they are counted."""
    with contextlib.suppress(AssertionError):
        eventually(lambda: not told.changes(place), "what can be undone", 60 * UNDO_MINUTES + 90)


def _end(program: psutil.Process) -> None:
    family = program.children(recursive=True)
    program.terminate()
    with contextlib.suppress(psutil.TimeoutExpired):
        program.wait(60)
    for process in psutil.wait_procs(family, 15)[1]:
        process.kill()


def _stop_by_signal(stop: threading.Event) -> None:
    def receive(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        say("interrupted: letting everything end; once more breaks it off")
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, receive)


def _as_json(soak: Soak, bounds: list[Bound], machine: str) -> str:
    return json.dumps(
        {
            "machine": machine,
            "top_rate": soak.top,
            "rate": soak.rate,
            "interrupted": soak.interrupted,
            "steady": soak.steady,
            "bounds": [dataclasses.asdict(bound) for bound in bounds],
            "samples": [dataclasses.asdict(sample) for sample in soak.samples],
            "told": [dataclasses.asdict(t) for t in (soak.before, soak.loaded, soak.after) if t],
        },
        indent=1,
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.soak", description=(__doc__ or "").splitlines()[0])  # fmt: skip
    parser.add_argument("--minutes", type=float, default=60, help="under load, after a warm-up (default: 60)")  # fmt: skip
    parser.add_argument("--share", type=float, default=0.7, help="of the top rate (default: 0.7)")
    parser.add_argument("--out", type=Path, default=Path("docs/soak.md"), help="the page (default: docs/soak.md)")  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="OUT", help="all figures, to this file")
    parser.add_argument("--servers", action="store_true", help="with Redis and PostgreSQL")
    options = parser.parse_args()
    if not 0 < options.share <= 1 or options.minutes <= 0:
        parser.error("--share is above 0 and at most 1, --minutes above 0.")
    return options


if __name__ == "__main__":
    sys.exit(main())
