"""`faceverify batch`: many pairs at once."""

import csv
import json
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import IO

import click
from rich.table import Table
from rich.text import Text

from .. import output
from ..context import EXIT_CODES, REFUSED, SERVER, STRICTNESS, Session, rate, with_json
from ..results import Json
from ..synchronous.client import Client

PAUSE = 0.5
LARGEST = 100 * 1024**2  # of a ZIP, as the server takes it
LABELS = {
    "match": "same person",
    "no_match": "different people",
    "inconclusive": "cannot tell",
    "refused": "not compared",
}


@click.command(epilog=EXIT_CODES)
@click.argument("pairs", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("photos", type=click.Path(exists=True, path_type=Path))
@click.option("--title", default="", help="To find it by.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the results to this file: CSV, or JSON when its name ends in .json.",
)
@click.option("--no-wait", is_flag=True, help="Send it and print its id.")
@STRICTNESS
@with_json
def batch(
    session: Session,
    pairs: Path,
    photos: Path,
    title: str,
    out: Path | None,
    no_wait: bool,
    strictness: str,
) -> int:
    """Compare all the PAIRS of a list: CSV with the columns probe and reference, or JSON.

    PHOTOS is the folder or the ZIP that the names in the list belong to. The exit status is 0 when
    every pair was compared and 3 when some could not be.
    """
    with session.client() as client, _zip_of(pairs, photos) as archive:
        made = client.post(
            "batches/",
            files={"pairs": (pairs.name, pairs.read_bytes()), "archive": ("photos.zip", archive)},
            data={"title": title, "false_match_rate": str(rate(strictness))},
            timeout=300,
        )
        if no_wait:
            return _sent(session, made)
        return _finish(session, client, made, out)


@click.command("batch-results", epilog=EXIT_CODES)
@click.argument("id")
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@with_json
def batch_results(session: Session, id: str, out: Path | None) -> int:
    """Wait for the batch ID, and show or write its results."""
    with session.client() as client:
        return _finish(session, client, client.get(f"batches/{id}/"), out)


def _sent(session: Session, made: Json) -> int:
    if session.json:
        output.write_json(made)
    else:
        output.out.print(made["id"])
    return 0


def _finish(session: Session, client: Client, made: Json, out: Path | None) -> int:
    with output.progress() as bar:
        task = bar.add_task("Comparing", total=made["total"], completed=made["done"])
        while made["state"] in ("pending", "running"):
            time.sleep(PAUSE)
            made = client.get(f"batches/{made['id']}/")
            bar.update(task, completed=made["done"])
    if out is not None:
        _write(client, made["id"], out)
    if session.json:
        rows = list(client.pages(f"batches/{made['id']}/results/", {}))
        output.write_json({"batch": made, "results": rows})
    else:
        _show(client, made)
    if made["state"] != "done":
        return SERVER
    return REFUSED if made["counts"]["refused"] else 0


def _show(client: Client, made: Json) -> None:
    if made["failure_code"]:
        output.err.print(f"The batch stopped: {made['failure_code']}", style="red")
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, label in LABELS.items():
        table.add_row(str(made["counts"][name]), label)
    output.out.print(table)
    for row in client.pages(f"batches/{made['id']}/results/", {"only": "refused"}):
        which = f"{row[row['which']]}: " if row["which"] else ""
        output.err.print(Text(f"pair {row['number']}: {which}{row['detail']}", "yellow"))
    output.err.print(f"batch {made['id']}", style="dim")


def _write(client: Client, id: str, out: Path) -> None:
    if out.suffix.lower() == ".json":
        rows = list(client.pages(f"batches/{id}/results/", {"page_size": 1000}))
        out.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n")
    else:
        out.write_bytes(client.request("GET", f"batches/{id}/results.csv", timeout=120).content)


def _zip_of(pairs: Path, photos: Path) -> IO[bytes]:
    """The ZIP as it is, or a temporary one of those photos of a folder that the list names."""
    if not photos.is_dir():
        if photos.stat().st_size > LARGEST:
            raise click.UsageError(f"{photos} is larger than {LARGEST // 1024**2} MB: split it.")
        return photos.open("rb")
    packed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by the caller
    root = photos.resolve()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in _names(pairs):
            path = photos / name
            # What is missing is told by the server, pair by pair; nothing outside is read.
            if path.is_file() and path.resolve().is_relative_to(root):
                archive.write(path, name)
    if packed.tell() > LARGEST:
        packed.close()
        raise click.UsageError(
            f"The photos come to more than {LARGEST // 1024**2} MB: split the list."
        )
    packed.seek(0)
    return packed


def _names(pairs: Path) -> list[str]:
    """The photos that a list names, each once. Raises UsageError."""
    try:
        text = pairs.read_text("utf-8-sig")
        if text.lstrip()[:1] in ("[", "{"):
            rows = json.loads(text)
            rows = rows["pairs"] if isinstance(rows, dict) else rows
        else:
            lines = text.splitlines()
            dialect = csv.Sniffer().sniff(lines[0], delimiters=",;\t")
            reader = csv.DictReader(lines, dialect=dialect)
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
            rows = list(reader)
    except (UnicodeDecodeError, ValueError, KeyError, IndexError, csv.Error) as error:
        raise click.UsageError(f"{pairs} cannot be read as CSV or JSON: {error}") from error
    named = Counter(
        str(row[which]).strip()
        for row in rows
        if isinstance(row, dict)
        for which in ("probe", "reference")
        if row.get(which)
    )
    return list(named)
