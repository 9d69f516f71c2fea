"""What is the case now: looked up for each answer, in the database and on the disk."""

from collections.abc import Iterator
from contextlib import suppress

from prometheus_client.core import GaugeMetricFamily

from verification.live.selectors import sessions_open

from ..health_checks import DATABASE_ERRORS, FAILED, OK, WARNING, free_bytes, look

LEVELS = {OK: 0, WARNING: 1, FAILED: 2}


def collect() -> Iterator[GaugeMetricFamily]:
    """What the database tells has no values while it is away; `faceverify_health` then says so."""
    findings, states = look()
    health = GaugeMetricFamily(
        "faceverify_health",
        "The findings of /health/ready: 0 is well, 1 is a warning, 2 keeps the site from working.",
        labels=["check"],
    )
    for finding in findings:
        health.add_metric([finding.name], LEVELS[finding.level])
    yield health

    free = GaugeMetricFamily(
        "faceverify_free_bytes", "Room left where files are written.", labels=["folder"]
    )
    for folder, room in free_bytes().items():
        free.add_metric([folder], room)
    yield free

    for name, words, column in (
        ("waiting", "Rows that wait and could be carried out now.", "waiting"),
        ("running", "Rows that are being carried out.", "running"),
        (
            "oldest_seconds",
            "For how long the first of those that wait has waited.",
            "oldest_seconds",
        ),
        ("workers", "Workers alive that serve the queue.", "workers"),
    ):
        gauge = GaugeMetricFamily(f"faceverify_queue_{name}", words, labels=["queue"])
        for state in states:
            gauge.add_metric([state.name], getattr(state, column))
        yield gauge

    sessions = GaugeMetricFamily("faceverify_live_sessions", "Cameras that are followed now.")
    with suppress(*DATABASE_ERRORS):
        sessions.add_metric([], sessions_open().count())
        yield sessions
