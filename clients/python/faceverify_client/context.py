"""What every command has: `--json`, a client, and an exit status with a meaning."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from . import config, output
from .errors import ApiError, ConfigError, FaceverifyError
from .results import Anchor, Person, Verification
from .synchronous.client import Client

MATCH = 0
NO_MATCH = 1
INCONCLUSIVE = 2
REFUSED = 3
USAGE = 4
SERVER = 5
INTERRUPTED = 130

EXIT_CODES = """\b
Exit status:
  0    match; for other commands: done
  1    no match
  2    cannot tell
  3    a photo was refused: no face, several faces, blurred, ...
  4    the command cannot be carried out as given: usage, key, unknown id
  5    the server is out of reach, too busy, or failed
  130  interrupted
"""

PHOTO = click.Path(exists=True, dir_okay=False, path_type=Path)
STRICTNESS = click.option(
    "--strictness",
    type=click.Choice(["100", "1000", "10000", "100000"]),
    default="1000",
    show_default=True,
    help="Of this many pairs of different people one may be called a match.",
)
PATIENCE = click.option(
    "--patience",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="Seconds to wait for the result.",
)


class Session:
    """The state of one run of the command line."""

    def __init__(self, url: str):
        self.url = url
        self.json = False

    def client(self) -> Client:
        settings = config.read(self.url)
        return Client(settings.url, settings.key)


def with_json(command: Callable) -> Callable:
    """Add `--json`; the command is called with the session first."""

    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.pass_obj
    @functools.wraps(command)
    def wrapped(session: Session, as_json: bool, **options: Any) -> Any:
        session.json = as_json
        return command(session, **options)

    return wrapped


def rate(strictness: str) -> float:
    return 1 / int(strictness)


def person_named(client: Client, person: str) -> Person:
    """A person by id, or by a name that only one has. Raises UsageError."""
    try:
        return client.person(person)
    except ApiError as error:
        if error.status != 404:
            raise
    named = [each for each in client.people(q=person) if each.name == person]
    if len(named) == 1:
        return named[0]
    if named:
        raise click.UsageError(
            f"{len(named)} people are called “{person}”: give the id instead, from "
            "`faceverify people list`."
        )
    raise click.UsageError(f"Nobody in the gallery has the name or id “{person}”.")


def status_of(row: Verification | Anchor) -> int:
    if row.refusal:
        return REFUSED
    if row.failure:
        return SERVER
    outcome = getattr(row, "outcome", "match")
    return {"match": MATCH, "no_match": NO_MATCH, "inconclusive": INCONCLUSIVE}[outcome]


def status_of_error(error: FaceverifyError) -> int:
    if isinstance(error, ConfigError):
        return USAGE
    if isinstance(error, ApiError):
        if error.is_refused_photo:
            return REFUSED
        return SERVER if error.is_temporary else USAGE
    return SERVER


def fail(session: Session | None, error: FaceverifyError) -> NoReturn:
    if session is not None and session.json:
        problem = error.problem if isinstance(error, ApiError) else {"detail": str(error)}
        output.write_json({"error": problem})
    else:
        output.err.print(str(error), style="red", markup=False)
    sys.exit(status_of_error(error))
