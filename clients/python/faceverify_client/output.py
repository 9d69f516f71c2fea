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
    "match": ("Same person", "bold green"),
    "no_match": ("Different people", "bold red"),
    "inconclusive": ("Cannot tell", "bold yellow"),
}
SETTINGS = {100: "Relaxed", 1000: "Standard", 10_000: "Strict", 100_000: "Very strict"}
VERY_LIKELY = 0.95

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
    """As the pages of the server write it: no figure claims certainty."""
    if value is None:
        return ""
    if value > 0.999:
        return "more than 99.9 %"
    if value < 0.001:
        return "less than 0.1 %"
    return f"{100 * value:.1f} %" if value > 0.99 or value < 0.01 else f"{100 * value:.0f} %"


def figure(row: Verification) -> str:
    """How sure a verdict is; of an open one, which way it leans."""
    if row.outcome is None or row.confidence is None:
        return ""
    if row.outcome != "inconclusive":
        if row.confidence < 0.5:  # of a server's earlier rule
            return f"by an earlier rule; chance of the same person: {percent(row.probability)}"
        return f"Confidence: {percent(row.confidence)}"
    chance = percent(row.probability)
    if chance == "50 %":
        return "As likely the same person as different people (50 %)"
    if row.leaning == "different":
        return f"More likely different people ({chance} for the same person)"
    if row.probability is not None and row.probability >= VERY_LIKELY:
        odds = round(1 / row.false_match_rate)
        setting = SETTINGS.get(odds, f"1 in {odds:,}")
        return f"Very likely the same person, {chance}, but not enough for {setting}"
    return f"More likely the same person ({chance})"


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
    out.print(result_text(row), Text(f". {figure(row)}."), sep="")
    out.print(
        f"similarity {row.similarity:.3f}, threshold {row.threshold:.3f} "
        f"(1 in {round(1 / row.false_match_rate):,} different pairs passes)",
        style="dim",
    )


def show_candidates(row: Verification) -> None:
    if not row.candidates:
        return
    table = Table("", "name", "similarity", "chance", "result", box=None, pad_edge=False)
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
    table = Table("when (UTC)", "what", "result", "how sure", "id", box=None, pad_edge=False)
    for row in rows:
        what = row.title or " and ".join(
            name for name in (row.probe_name, row.reference_name or row.person_name) if name
        )
        table.add_row(
            row.created_at[:16].replace("T", " "),
            Text(what or row.kind),
            result_text(row),
            figure(row),
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
