"""`faceverify compare`, `verify`, `identify`, `history`"""

from itertools import islice
from pathlib import Path

import click

from .. import output
from ..context import (
    EXIT_CODES,
    PATIENCE,
    PHOTO,
    STRICTNESS,
    Session,
    person_named,
    rate,
    status_of,
    with_json,
)
from ..results import Verification

FACE = click.IntRange(min=0)


def _told(session: Session, row: Verification, *, candidates: bool = False) -> int:
    if session.json:
        output.write_json(row.raw)
    else:
        output.show_verdict(row)
        if candidates:
            output.show_candidates(row)
    return status_of(row)


@click.command(epilog=EXIT_CODES)
@click.argument("probe", type=PHOTO)
@click.argument("reference", type=PHOTO)
@click.option("--title", default="", help="To find it by in the history.")
@click.option("--probe-face", type=FACE, help="Which of several faces, counted from 0.")
@click.option("--reference-face", type=FACE, help="The same for the second photo.")
@STRICTNESS
@PATIENCE
@with_json
def compare(
    session: Session,
    probe: Path,
    reference: Path,
    title: str,
    probe_face: int | None,
    reference_face: int | None,
    strictness: str,
    patience: float,
) -> int:
    """Do the photos PROBE and REFERENCE show the same person?"""
    with session.client() as client, output.waiting("Comparing"):
        row = client.compare(
            probe,
            reference,
            patience=patience,
            title=title,
            probe_face=probe_face,
            reference_face=reference_face,
            false_match_rate=rate(strictness),
        )
    return _told(session, row)


@click.command(epilog=EXIT_CODES)
@click.argument("probe", type=PHOTO)
@click.argument("person")
@click.option("--title", default="", help="To find it by in the history.")
@click.option("--probe-face", type=FACE, help="Which of several faces, counted from 0.")
@STRICTNESS
@PATIENCE
@with_json
def verify(
    session: Session,
    probe: Path,
    person: str,
    title: str,
    probe_face: int | None,
    strictness: str,
    patience: float,
) -> int:
    """Does the photo PROBE show PERSON of your gallery, given by id or name?"""
    with session.client() as client, output.waiting("Comparing"):
        row = client.verify(
            probe,
            person_named(client, person).id,
            patience=patience,
            title=title,
            probe_face=probe_face,
            false_match_rate=rate(strictness),
        )
    return _told(session, row)


@click.command(epilog=EXIT_CODES)
@click.argument("probe", type=PHOTO)
@click.option("--title", default="", help="To find it by in the history.")
@click.option("--probe-face", type=FACE, help="Which of several faces, counted from 0.")
@STRICTNESS
@PATIENCE
@with_json
def identify(
    session: Session,
    probe: Path,
    title: str,
    probe_face: int | None,
    strictness: str,
    patience: float,
) -> int:
    """Whom of your gallery does the photo PROBE show? The exit status is that of the best."""
    with session.client() as client, output.waiting("Searching"):
        row = client.identify(
            probe,
            patience=patience,
            title=title,
            probe_face=probe_face,
            false_match_rate=rate(strictness),
        )
    return _told(session, row, candidates=True)


@click.command()
@click.option("-n", "--limit", type=click.IntRange(1), default=20, show_default=True)
@click.option("--outcome", type=click.Choice(["match", "no_match", "inconclusive"]))
@click.option("--state", type=click.Choice(["pending", "running", "done", "refused", "failed"]))
@click.option("--kind", type=click.Choice(["pair", "person", "identify"]))
@click.option("--search", "q", default="", help="In titles, file names, names of people.")
@click.option("--since", "created_after", default="", help="A time, as 2026-01-31T12:00:00Z.")
@click.option("--before", "created_before", default="", help="A time.")
@with_json
def history(session: Session, limit: int, **filters: str) -> None:
    """List past verdicts, newest first."""
    with session.client() as client:
        rows = list(islice(client.history(**filters), limit))
    if session.json:
        output.write_json([row.raw for row in rows])
    else:
        output.show_history(rows)
