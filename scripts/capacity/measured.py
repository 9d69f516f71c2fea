"""What was measured: service times of a verdict, what it writes, and what this machine can write."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
MEASURED, CHECKED, CURVES = (HERE / f"{name}.json" for name in ("measured", "checked", "curves"))


@dataclass(frozen=True)
class Service:
    """What one verdict takes, milliseconds of processor time where nothing else is said.

    A worker's child takes another time when further rows wait (`worker_busy`) than when none does
    (`worker_alone`): its memory is warm then, and it may take several rows in one go.
    The spreads are quantiles of measured times divided by their mean.
    """

    receive: float  # web: from the first byte to the row in the queue
    answer: float  # web: the rest
    main: float  # the worker's main process
    worker_alone: float
    worker_busy: float
    database: float
    redis: float
    client: float  # whoever asks, where it runs on the same processors
    web_wait: float  # time, not of a processor: disks, other processes, being woken
    worker_wait: float
    web_spread: tuple[float, ...] = (1.0,)
    worker_spread: tuple[float, ...] = (1.0,)

    @property
    def web(self) -> float:
        return self.receive + self.answer

    @property
    def held(self) -> float:
        """How long a verdict holds a worker's child where nothing is busy, processor time or not."""
        return self.worker + self.database / 2 + self.worker_wait

    def stored_in(self, milliseconds: float) -> "Service":
        """With a storage that answers each request this much later than a disk. The web process writes
        two photos at a time, a worker reads them so, and writes two faces so."""
        return replace(
            self,
            web_wait=self.web_wait + milliseconds,
            worker_wait=self.worker_wait + 2 * milliseconds,
        )

    @property
    def worker(self) -> float:
        """Where many verdicts are asked for."""
        return self.main + self.worker_busy


@dataclass(frozen=True)
class Written:
    """What one verdict writes and asks for."""

    statements: float  # of PostgreSQL
    commits: float
    wal_bytes: float
    wal_records: float
    database_bytes: float  # tables and indexes have grown by
    redis_commands: float
    redis_bytes: float  # sent and received
    objects: float  # files
    object_bytes: float
    objects_read: float
    request_bytes: float
    answer_bytes: float


@dataclass(frozen=True)
class Limits:
    """What this machine does at most, each alone; a second."""

    commits: float  # small transactions of PostgreSQL on the disk, from eight connections
    wal_bytes: float  # written and flushed in pieces of 1 MB
    files: float  # of one verdict's size, written, flushed and named
    redis_commands: float  # from 50 connections, one each at a time


@dataclass(frozen=True)
class Measured:
    machine: dict[str, Any]  # processor, processors, load, model, versions
    service: Service
    written: Written
    limits: Limits
    connections: dict[str, float]  # of PostgreSQL, opened by a web process and by a worker's child
    runs: list[dict[str, Any]]  # throughput and latency of each run that this came from

    def save(self, path: Path = MEASURED) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def load(path: Path = MEASURED) -> Measured:
    """Raises SystemExit without such a file, or with one of another version."""
    try:
        data = json.loads(path.read_text())
        return Measured(
            **{each.name: data[each.name] for each in fields(Measured)}
            | {
                "service": _made(Service, data["service"]),
                "written": _made(Written, data["written"]),
                "limits": _made(Limits, data["limits"]),
            }
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{path} cannot be read ({type(error).__name__}): python -m scripts.capacity measure"
        ) from None


def _made(kind: type, values: dict[str, Any]) -> Any:
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def digest(path: Path = MEASURED) -> str:
    """Which measurement something was computed from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def spread(values: list[float], points: int = 40) -> tuple[float, ...]:
    """Quantiles of these times, divided by their mean."""
    ordered = sorted(values)
    chosen = [ordered[int((i + 0.5) / points * len(ordered))] for i in range(points)]
    mean = sum(chosen) / points
    return tuple(round(each / mean, 4) for each in chosen)


def quantile(values: list[float], share: float) -> float:
    """The smallest value that at least this share does not exceed; 0 of no values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
