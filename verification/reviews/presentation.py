"""Shares and their intervals in words, and as places on an axis from 0 to 100 %."""

from dataclasses import dataclass

from django.utils.translation import gettext

from .. import engine
from .agreement import Row


@dataclass(frozen=True)
class Bar:
    """One row of the chart. Places are SVG percentages."""

    row: Row
    share: str
    interval: str
    confidence: str
    place: str
    low: str
    width: str
    stated: str


def chart(rows: list[Row]) -> list[Bar]:
    return [_bar(row) for row in rows]


def _bar(row: Row) -> Bar:
    if row.share is None or row.interval is None or row.mean_confidence is None:
        return Bar(row, "", "", "", "", "", "", "")
    low, high = row.interval
    return Bar(
        row,
        share=f"{row.share * 100:.0f} %",
        interval=gettext("%(low)s to %(high)s %%")
        % {"low": f"{low * 100:.0f}", "high": f"{high * 100:.0f}"},
        confidence=engine.percent(row.mean_confidence),
        place=f"{row.share * 100:.2f}%",
        low=f"{low * 100:.2f}%",
        width=f"{(high - low) * 100:.2f}%",
        stated=f"{row.mean_confidence * 100:.2f}%",
    )
