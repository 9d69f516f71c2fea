"""Machines, their cost, and the walls: which resource gives way at how many verdicts a second."""

import math
from dataclasses import dataclass

from .measured import Measured

UTILISATION = 0.7  # of processors and other limits: beyond it the latency grows fast
MACHINE = 8  # processors of a machine with web and workers
RATES = (1, 100, 10_000)


@dataclass(frozen=True)
class Assumptions:
    """What was not measured here, each with where it comes from."""

    database_processors: int = 32  # the largest machine one would buy for it
    network: float = 10e9 / 8  # bytes a second: a 10 Gbit/s card
    max_connections: int = 100  # PostgreSQL's own default
    web_threads: int = 16  # FACEVERIFY_WEB_THREADS, each of which keeps a connection
    s3_puts: float = 3500  # a second and prefix: Amazon's guide to the performance of S3
    s3_gets: float = 5500
    s3_milliseconds: float = 100  # of one request

    def sources(self) -> list[str]:
        return [
            f"The largest database machine has {self.database_processors} processors as fast as those here.",
            f"A network card carries {self.network * 8 / 1e9:.0f} Gbit/s each way.",
            f"PostgreSQL's default of max_connections is {self.max_connections}; a web process has {self.web_threads} threads (FACEVERIFY_WEB_THREADS), and each keeps a connection.",
            f"S3 takes {self.s3_puts:,.0f} PUT and {self.s3_gets:,.0f} GET a second and prefix (Amazon, “Best practices design patterns: optimizing Amazon S3 performance”); an account is a prefix. It answers in {self.s3_milliseconds:.0f} ms (the same guide: 100 to 200).",
        ]


@dataclass(frozen=True)
class Wall:
    """Something there is one of: verdicts a second at which it is full."""

    name: str
    per_second: float
    because: str  # the figures
    known: str  # measured here, or assumed
    moved: str  # what moves it


@dataclass(frozen=True)
class Plan:
    per_second: float
    web: int  # processes, each of which uses one processor
    workers: int  # child processes, with photos on a disk
    patient: int  # child processes, with photos in S3: they wait for it most of the time
    machines: int  # that carry them
    database: int  # processors
    redis: float  # processors; a Redis uses one
    sites: int  # beside each other, each with one PostgreSQL and one Redis
    threads: int  # of web processes, that wait for verdicts
    connections: int  # to PostgreSQL, without a pool
    pooled: int  # with PgBouncer in transaction mode
    processor_seconds: float  # a verdict, of all machines
    mega_bits: float  # into the site


def plan(
    measured: Measured,
    per_second: float,
    *,
    machine: int = MACHINE,
    assumed: Assumptions | None = None,
    latency: float = 0.25,
) -> Plan:
    """What `per_second` needs where nothing is busier than UTILISATION. `latency`, in seconds, is how
    long a request waits with `?wait=`, and holds a thread."""
    assumed = assumed or Assumptions()
    service, written = measured.service, measured.written
    web = _processes(per_second, service.web)
    workers = _processes(per_second, service.held)
    needed = per_second * (service.web + service.worker) / 1000 / UTILISATION
    machines = max(1, math.ceil(needed / machine))
    threads = max(1, math.ceil(per_second * latency / UTILISATION))
    database = _processes(per_second, service.database)
    redis = per_second * service.redis / 1000
    sites = max(math.ceil(database / assumed.database_processors), math.ceil(redis / UTILISATION))
    return Plan(
        per_second=per_second,
        web=web,
        workers=workers,
        patient=_processes(per_second, service.stored_in(assumed.s3_milliseconds).held),
        machines=machines,
        database=database,
        redis=redis,
        sites=sites,
        threads=threads,
        connections=web * assumed.web_threads + workers + machines,
        pooled=2 * database,
        processor_seconds=(service.web + service.worker + service.database + service.redis) / 1000,
        mega_bits=per_second * written.request_bytes * 8 / 1e6,
    )


def _processes(per_second: float, milliseconds: float) -> int:
    return max(1, math.ceil(per_second * milliseconds / 1000 / UTILISATION))


def walls(
    measured: Measured, *, machine: int = MACHINE, assumed: Assumptions | None = None
) -> list[Wall]:
    """From the first: those of one database, one Redis, one folder or bucket, one proxy."""
    assumed = assumed or Assumptions()
    service, written, limits = measured.service, measured.written, measured.limits
    used = UTILISATION
    here = "measured here"
    opened = plan(measured, 1000, machine=machine, assumed=assumed)
    objects, each = written.objects, written.object_bytes / 1e3
    found = [
        Wall(
            "connections of PostgreSQL",
            1000 * assumed.max_connections / opened.connections,
            f"{opened.connections / 1000:.2f} for each verdict a second, {assumed.max_connections} allowed",
            "threads and max_connections are settings",
            "PgBouncer in transaction mode: "
            f"{opened.pooled} connections to PostgreSQL for 1,000 verdicts a second instead of {opened.connections}",
        ),
        Wall(
            "processors of PostgreSQL",
            used * assumed.database_processors * 1000 / service.database,
            f"{service.database:.1f} ms a verdict, {assumed.database_processors} processors",
            f"time {here}, number assumed",
            "a larger machine; then several sites with accounts shared out among them: one primary takes all writes",
        ),
        Wall(
            "commits of PostgreSQL",
            used * limits.commits / written.commits,
            f"{written.commits:.1f} a verdict, {limits.commits:,.0f} a second",
            f"{here}, on this disk with eight connections",
            "a faster disk, or synchronous_commit=off, which may lose the last moments of a crash",
        ),
        Wall(
            "WAL of PostgreSQL",
            used * limits.wal_bytes / written.wal_bytes,
            f"{written.wal_bytes / 1e3:.1f} kB a verdict, {limits.wal_bytes / 1e6:,.0f} MB a second",
            f"{here}, on this disk",
            "a faster disk, wal_compression",
        ),
        Wall(
            "Redis",
            used * 1000 / service.redis,
            f"{service.redis:.2f} ms a verdict of the one processor that it uses",
            here,
            "several sites; a second Redis for rate limits and the cache would help, and is no setting",
        ),
        Wall(
            "files of a shared folder",
            used * limits.files / objects,
            f"{objects:.1f} files a verdict, {limits.files:,.0f} a second",
            f"{here}, on this disk",
            "S3; or more disks below one folder",
        ),
        Wall(
            "requests of S3, of one account",
            used * min(assumed.s3_puts / objects, assumed.s3_gets / written.objects_read),
            f"{objects:.1f} PUT and {written.objects_read:.0f} GET a verdict",
            "assumed",
            "several accounts: each is a prefix",
        ),
        Wall(
            "network of the proxy",
            used * assumed.network / written.request_bytes,
            f"{written.request_bytes / 1e3:.0f} kB a request",
            "size of these photos; card assumed",
            "several proxies behind one name; smaller photos",
        ),
        Wall(
            "network of the storage",
            used * assumed.network / max(written.object_bytes, 1),
            f"{objects:.1f} files of {each / objects:.0f} kB a verdict",
            "size measured here; card assumed",
            "S3, which is many machines",
        ),
    ]
    return sorted(found, key=lambda wall: wall.per_second)


def history_bytes(measured: Measured, per_second: float, days: float) -> tuple[float, float]:
    """Bytes of files, and of the database, of verdicts that are kept for so many days."""
    verdicts = per_second * 86_400 * days
    return verdicts * measured.written.object_bytes, verdicts * measured.written.database_bytes


def told(plan: Plan, found: list[Wall], machine: int = MACHINE) -> str:
    """For a terminal."""
    first = [wall for wall in found if wall.per_second < plan.per_second]
    lines = [
        f"{plan.per_second:,g} verdicts a second, nothing busier than {UTILISATION:.0%}:",
        f"  {plan.machines:,} machine(s) of {machine} processors with {plan.web:,} web processes and {plan.workers:,} workers ({plan.patient:,} with S3)",
        f"  PostgreSQL: {plan.database} processors, {plan.connections:,} connections, {plan.pooled:,} through PgBouncer",
        f"  Redis: {plan.redis:.2f} processors",
        f"  {plan.sites} site(s) beside each other, each with one PostgreSQL and one Redis",
        f"  {plan.threads:,} web threads wait for verdicts; {plan.mega_bits:,.1f} Mbit/s come in",
        f"  cost: {plan.processor_seconds:.4f} processor-seconds a verdict, "
        f"{plan.processor_seconds * plan.per_second:,.2f} processors busy on average, "
        f"{plan.processor_seconds * 1e6 / 3600:.1f} processor-hours a million",
        "",
        "Walls, from the first:",
    ]
    for number, wall in enumerate(found):
        mark = "!" if wall in first else " "
        lines.append(
            f" {mark} {wall.per_second:>9,.0f} a second  {wall.name}: {wall.because} ({wall.known})"
        )
        if wall in first or number < 2:
            lines.append(f"                       moved by {wall.moved}")
    if not first:
        lines.append("   None of them is reached.")
    return "\n".join(lines)
