"""What the command line shows: tables and progress for people, JSON for programs."""

import json
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .results import Anchor, Person, Verification

OUTCOMES = {
    "match": ("same person", "bold green"),
    "no_match": ("different people", "bold red"),
    "inconclusive": ("too close to call", "bold yellow"),
}

# Verdicts go to stdout; progress and errors to stderr, so that a pipe gets the verdicts alone.
out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def write_json(value: Any) -> None:
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@contextmanager
def waiting(text: str):
    """A spinner, on a terminal."""
    if err.is_terminal:
        with err.status(text):
            yield
    else:
        yield


def progress() -> Progress:
    """A bar on stderr; drawn on a terminal only."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def result_text(row: Verification) -> Text:
    if row.outcome:
        return Text(*OUTCOMES[row.outcome])
    if row.refusal:
        return Text(f"refused: {row.refusal.code}", "yellow")
    if row.failure:
        return Text(f"failed: {row.failure}", "red")
    return Text(row.state, "dim")


def show_verdict(row: Verification) -> None:
    if row.outcome is None:
        if row.refusal:
            which = f"{row.refusal.which}: " if row.refusal.which else ""
            err.print(Text(f"{which}{row.refusal.detail}", "yellow"))
            err.print(row.refusal.remedy, markup=False)
        elif row.failure:
            err.print(f"The comparison failed ({row.failure}).", style="red", markup=False)
        return
    out.print(result_text(row), Text(f"  {percent(row.confidence)} sure"), sep="")
    out.print(
        f"similarity {row.similarity:.3f}, threshold {row.threshold:.3f} "
        f"(1 in {round(1 / row.false_match_rate):,} different pairs passes)",
        style="dim",
    )


def show_candidates(row: Verification) -> None:
    if not row.candidates:
        return
    table = Table("", "name", "similarity", "probability", "result", box=None, pad_edge=False)
    for rank, each in enumerate(row.candidates, start=1):
        table.add_row(
            str(rank),
            Text(each.name),
            f"{each.similarity:.3f}",
            percent(each.probability),
            Text(*OUTCOMES[each.outcome]),
        )
    out.print(table)


def show_history(rows: Iterable[Verification]) -> None:
    table = Table("when (UTC)", "what", "result", "sure", "id", box=None, pad_edge=False)
    for row in rows:
        what = row.title or " and ".join(
            name for name in (row.probe_name, row.reference_name or row.person_name) if name
        )
        table.add_row(
            row.created_at[:16].replace("T", " "),
            Text(what or row.kind),
            result_text(row),
            percent(row.confidence),
            row.id,
        )
    out.print(table if table.row_count else "Nothing found.")


def show_people(rows: Iterable[Person]) -> None:
    table = Table("name", "photos", "tags", "id", box=None, pad_edge=False)
    for row in rows:
        photos = str(row.ready_count)
        if row.anchor_count != row.ready_count:
            photos += f" of {row.anchor_count}"
        table.add_row(Text(row.name), photos, Text(", ".join(row.tags)), row.id)
    out.print(table if table.row_count else "Nobody found.")


def show_anchors(rows: Iterable[Anchor]) -> None:
    for row in rows:
        if row.refusal:
            err.print(Text(f"{row.file_name}: {row.refusal.detail} {row.refusal.remedy}", "yellow"))
        elif row.failure:
            err.print(Text(f"{row.file_name}: failed ({row.failure})", "red"))
        else:
            out.print(Text(f"{row.file_name}: {row.state}"))
