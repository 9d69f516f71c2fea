"""The commands of `python -m scripts.capacity`."""

import argparse
import json
from pathlib import Path

from . import __doc__ as told
from . import check, curves, pictures, plan
from .measured import CHECKED, MEASURED, digest, load
from .simulation import Layout, Simulation, ceiling, from_file, latency_at


def main() -> None:
    options = command_line().parse_args()
    globals()[f"_{options.command}"](options)


def _measure(options: argparse.Namespace) -> None:
    from .measure import measure  # psycopg, redis and the site: the others do without

    found = measure(seconds=options.seconds, model=options.model, lfw=options.lfw)
    found.save()
    for run in found.runs:
        print(f"{run['name']}: {run['per_second']:.1f} a second, p95 {run['p95_ms']:.0f} ms, {run['unfinished']} unfinished")  # fmt: skip
    print(f"{MEASURED} written after {found.machine['seconds']} s")


def _simulate(options: argparse.Namespace) -> None:
    service = load().service.stored_in(options.storage)
    web = options.web or max(1, -(-options.workers * service.web // service.worker))
    layout = Layout.apart(options.workers, web=int(web), database=options.database)
    highest = ceiling(service, layout)
    print(f"{options.workers} workers, {web:.0f} web processes, {options.database} processors of PostgreSQL: {highest:,.1f} a second at most")  # fmt: skip
    print(f"{'a second':>10} {'done':>10} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8}  busiest")
    if options.arrivals:
        results = [Simulation(service, layout, seed=options.seed).open(from_file(options.arrivals))]
    else:
        rates = options.per_second or [share * highest for share in curves.SHARES]
        results = [
            latency_at(service, layout, rate, number=options.verdicts, seed=options.seed)
            for rate in rates
        ]
    for result in results:
        name, busy = max(result.busy.items(), key=lambda each: each[1])
        p50, p95, p99 = (1000 * result.latency(share) for share in (0.5, 0.95, 0.99))
        print(f"{result.offered:>10,.1f} {result.per_second:>10,.1f} {p50:>8.0f} {p95:>8.0f} {p99:>8.0f}  {name} {busy:.0%}")  # fmt: skip


def _check(options: argparse.Namespace) -> None:
    from .compare import compare

    found = compare(load(), seconds=options.seconds, model=options.model, lfw=options.lfw)
    CHECKED.write_text(json.dumps(found, indent=1) + "\n")
    print(check.table(found))


def _plan(options: argparse.Namespace) -> None:
    measured = load()
    for rate in options.per_second:
        found = plan.plan(measured, rate, machine=options.machine)
        print(plan.told(found, plan.walls(measured, machine=options.machine), options.machine))


def _pictures(options: argparse.Namespace) -> None:
    measured, checked = load(), _checked()
    if checked["of"] != digest(MEASURED):
        print("The check is of another measurement: python -m scripts.capacity check")
    found = curves.simulate(measured)
    curves.save(found)
    for path in pictures.write(measured, found, checked):
        print(path)


def _checked() -> dict:
    try:
        return json.loads(CHECKED.read_text())
    except (OSError, ValueError):
        raise SystemExit(f"{CHECKED} cannot be read: python -m scripts.capacity check") from None


def _above_0(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: a number above 0 is expected")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text}: a whole number above 0 is expected")
    return value


def command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m scripts.capacity",
        description=told,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("measure", "service times, writes and bytes of a verdict on this machine"),
        ("check", "the simulation beside the real site"),
    ):
        real = commands.add_parser(name, help=words)
        real.add_argument("--seconds", type=_above_0, default=20, help="of each run")
        real.add_argument("--model", default="", help="as in FACEVERIFY_MODEL")
        real.add_argument("--lfw", type=Path, help="a folder of Labeled Faces in the Wild")
    simulate = commands.add_parser("simulate", help="latency against load")
    simulate.add_argument("--workers", type=_count, default=8, help="child processes")
    simulate.add_argument("--web", type=_count, help="web processes; as many as keep up")
    simulate.add_argument("--database", type=_count, default=8, help="processors of PostgreSQL")
    simulate.add_argument(
        "--storage", type=_above_0, default=0.0, help="ms that a storage answers later than a disk"
    )
    simulate.add_argument("--per-second", type=_above_0, nargs="+", metavar="RATE")
    simulate.add_argument("--arrivals", type=Path, help="a file of moments, in seconds, one a line")
    simulate.add_argument("--verdicts", type=_count, default=10_000, help="at each rate")
    simulate.add_argument("--seed", type=int, default=1)
    planned = commands.add_parser("plan", help="machines, cost and walls")
    planned.add_argument(
        "--per-second", type=_above_0, nargs="+", default=list(plan.RATES), metavar="RATE"
    )
    planned.add_argument("--machine", type=_count, default=plan.MACHINE, help="its processors")
    commands.add_parser("pictures", help="docs/images/scale-*.svg and the figures of docs/scale.md")
    return parser


if __name__ == "__main__":
    main()
