"""Tables that users download and open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

# A spreadsheet takes a cell that starts so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The table as CSV, a line at a time. No text is left that a spreadsheet would run."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(columns)
    for row in rows:
        yield out.getvalue()
        out.seek(0)
        out.truncate()
        write([_harmless(cell) for cell in row])
    yield out.getvalue()


def _harmless(cell: object) -> object:
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell
