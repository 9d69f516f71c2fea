"""Measure a request of this version beside one of another commit: the same load, in turns.

    .venv/bin/python scripts/versus.py COMMIT [--model resnet29] [--rounds 3] [--lfw FOLDER]

Each version has an environment of its own: the other commit is checked out in a temporary folder, with a
`.venv` of its requirements and its model (some minutes, from PyPI and npm). --folder keeps it for the next
time, and --python names a Python that has the requirements already.

Each round starts web and worker of one version, then of the other, and sends both the same pairs of photos
with that version's `scripts/load.py`: with SQLite and without Redis, and with Redis and PostgreSQL. The worker
has as many processes as are started by default; with --one-child it has one, which says more about a single
request. What is printed is the median of the rounds, and the ratio of this version to the other. Processor time depends less
on what else the machine does than milliseconds do; measure on an otherwise idle one all the same.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.faces import make_face
from tests.support.servers import ROOT, postgres_server, redis_server

PEOPLE = 26  # drawn, more than load.py has pairs
SQLITE, SERVERS = "SQLite without Redis", "Redis with PostgreSQL"
MODEL = "model"
WEB, MAIN, CHILD = (
    "web process",
    "worker: its main process",
    "worker: its child, with the model",
)

Figures = dict[str, float]


@dataclass(frozen=True)
class Version:
    """A checked-out commit, the Python that runs it, and the name of the model that it serves."""

    name: str
    folder: Path
    python: Path
    model: str


def main() -> None:
    options = _options()
    with contextlib.ExitStack() as stack:
        other = stack.enter_context(_other(options))
        versions = (other, Version("this version", ROOT, Path(sys.executable), options.now))
        photos = options.lfw or _drawn(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        found: dict[tuple[str, str], list[list[dict]]] = {}
        for number in range(options.rounds):
            for setting in options.settings:
                for version in versions[:: -1 if number % 2 else 1]:
                    made = _load(version, setting, photos, options)
                    found.setdefault((setting, version.name), []).append(made)
                    _note(number, setting, version, made)
    print(f"Processor: {_processor()}, load {os.getloadavg()[0]:.1f}")
    print(f"Models: {options.model} in {options.commit}, {options.now} now")
    result = {
        setting: [_medians(found[setting, version.name]) for version in versions]
        for setting in options.settings
    }
    if options.json:
        print(json.dumps({"versions": [v.name for v in versions], "found": result}, indent=2))
    else:
        for setting, (before, now) in result.items():
            _show(setting, options.commit, before, now)


# The versions


@contextlib.contextmanager
def _other(options: argparse.Namespace) -> Iterator[Version]:
    """The other commit, checked out, with an environment and its model."""
    kept = options.folder
    with tempfile.TemporaryDirectory(prefix="faceverify-versus-") as temporary:
        folder = kept.resolve() if kept else Path(temporary) / "checkout"
        if not folder.exists():
            _run("git", "worktree", "add", "--detach", str(folder), options.commit, at=ROOT)
        try:
            at = _said("git", "rev-parse", "HEAD", at=folder)
            if at != _said("git", "rev-parse", f"{options.commit}^{{commit}}", at=ROOT):
                raise SystemExit(f"{folder} has another commit checked out than {options.commit}.")
            python = options.python or folder / ".venv" / "bin" / "python"
            if options.python is None:
                _run("make", ".venv/.installed-test", at=folder)
            _run(str(python), "-m", "ml", "prepare", "--model", options.model, at=folder)
            yield Version(options.commit, folder, python.absolute(), options.model)
        finally:
            if kept is None:
                _run("git", "worktree", "remove", "--force", str(folder), at=ROOT)


def _run(*command: str, at: Path) -> None:
    print(f"$ {' '.join(command)}", file=sys.stderr, flush=True)
    subprocess.run(command, cwd=at, env=_environment(), check=True, stdout=sys.stderr)


def _said(*command: str, at: Path) -> str:
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _environment() -> dict[str, str]:
    """Nothing of this Python's environment or of the machine's settings gets into another one."""
    left_out = ("FACEVERIFY_", "DJANGO_", "VIRTUAL_ENV", "PYTHON", "DATABASE_URL", "REDIS_URL")
    return {name: text for name, text in os.environ.items() if not name.startswith(left_out)}


def _drawn(folder: Path) -> Path:
    """Drawn faces, sorted as those of LFW are, so that both versions get the same."""
    for who in range(PEOPLE):
        (folder / f"person_{who:02}").mkdir()
        for photo in range(2):
            (folder / f"person_{who:02}" / f"{photo}.jpg").write_bytes(make_face(who, photo))
    return folder


# The load


def _load(
    version: Version, setting: str, photos: Path, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """What load.py of a version finds for each number of connections."""
    with contextlib.ExitStack() as stack:
        model = version.folder / "var" / "models" / version.model
        workers = "1" if options.one_child else ""  # empty: the default of each version
        sets = [f"FACEVERIFY_MODEL={model}", f"FACEVERIFY_WORKERS={workers}", *options.set]
        if setting == SERVERS:
            sets.append(f"REDIS_URL={stack.enter_context(redis_server())}")
            sets.append(f"DATABASE_URL={stack.enter_context(postgres_server())}")
        command = [str(version.python), "scripts/load.py", "--json", "--lfw", str(photos.resolve()),
                   "--seconds", str(options.seconds), "--connections", options.connections]  # fmt: skip
        command += [part for each in sets for part in ("--set", each)]
        done = subprocess.run(
            command, cwd=version.folder, env=_environment(), capture_output=True, text=True
        )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} in {version.folder}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)


def _note(number: int, setting: str, version: Version, made: list[dict]) -> None:
    told = ", ".join(f"{row['requests_per_second']} at {row['connections']}" for row in made)
    print(f"round {number + 1}, {setting}, {version.name}: requests a second: {told}", file=sys.stderr, flush=True)  # fmt: skip


# The figures


def _medians(rounds: list[list[dict]]) -> list[Figures]:
    """The median of each figure over the rounds, by number of connections."""
    figures = [[_figures(row) for row in made] for made in rounds]
    return [
        {name: statistics.median(made[place][name] for made in figures) for name in row}
        for place, row in enumerate(figures[0])
    ]


def _figures(row: dict) -> Figures:
    if row["not_2xx"] or row["broken"]:
        raise SystemExit(f"{row['not_2xx']} answers were errors, {row['broken']} did not come.")
    spent, model = row["processor_ms"], row["parts_ms"][MODEL]
    processor = sum(spent.values())
    return {
        "connections": row["connections"],
        "requests a second": row["requests_per_second"],
        "p50, ms": row["p50_ms"],
        "p95, ms": row["p95_ms"],
        "the model, ms": model,
        "all else until the answer, ms": row["overhead_ms"],
        "processor, web, ms": spent[WEB],
        "processor, worker's main process, ms": spent[MAIN],
        "processor, worker's child, ms": spent[CHILD],
        "processor, all, ms": processor,
        # The model runs on one thread: on an idle machine its time is processor time.
        "processor, all but the model, ms": processor - model,
    }


def _show(setting: str, commit: str, before: list[Figures], now: list[Figures]) -> None:
    print(f"\n{setting}")
    for former, latter in zip(before, now, strict=True):
        connections = int(former["connections"])
        print(f"  {connections} connection{'s' if connections > 1 else ''}")
        print(f"    {'':36} {commit[:10]:>10} {'now':>10} {'ratio':>7}")
        for name, value in former.items():
            if name != "connections":
                ratio = f"{latter[name] / value:7.2f}" if value else ""
                print(f"    {name:36} {value:10.1f} {latter[name]:10.1f} {ratio}")


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"{line.partition(':')[2].strip()}, {os.cpu_count()} cores"
    return f"{os.cpu_count()} cores"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("commit", help="the other commit, for example 31a5399")
    parser.add_argument("--model", default="resnet29", help="served by both (resnet29)")
    parser.add_argument(
        "--now", metavar="MODEL", help="served by this version, if it is another one"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of both versions in turns (3)")
    parser.add_argument("--seconds", type=int, default=10, help="of load at a time (10)")
    parser.add_argument("--connections", default="1,2,4", help="at the same time (1,2,4)")
    parser.add_argument("--lfw", type=Path, help="a folder of Labeled Faces in the Wild; else drawn faces")  # fmt: skip
    parser.add_argument("--python", type=Path, help="that has the other commit's requirements")
    parser.add_argument("--folder", type=Path, help="of the other commit's checkout, made where it is missing, and kept")  # fmt: skip
    parser.add_argument("--only", choices=("sqlite", "servers"), help="one of the two settings")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of both")  # fmt: skip
    parser.add_argument("--one-child", action="store_true", help="one process of the worker")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    options.now = options.now or options.model
    options.settings = {"sqlite": [SQLITE], "servers": [SERVERS]}.get(
        options.only, [SQLITE, SERVERS]
    )
    if not shutil.which("wrk"):
        raise SystemExit("The program wrk is not installed: apt-get install wrk")
    return options


if __name__ == "__main__":
    main()
