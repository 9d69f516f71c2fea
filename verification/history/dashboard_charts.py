"""The dashboard's numbers as places in a drawing of columns, 100 high."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_lazy

from ..text.dates import day_in_words
from .dashboard import PARTS, Day

LABELS = {
    "match": gettext_lazy("Same person"),
    "no_match": gettext_lazy("Different people"),
    "inconclusive": gettext_lazy("Cannot tell"),
    "refused": gettext_lazy("Photo refused"),
    "failed": gettext_lazy("Failed"),
}
STEP, WIDTH = 10, 8  # from one column to the next, and the column itself


@dataclass(frozen=True)
class Part:
    """One coloured piece of a day's column, in the units of the drawing."""

    name: str
    x: str
    y: str
    height: str
    title: str


def columns(days: list[Day]) -> Iterator[Part]:
    """The columns of all days, scaled to the highest."""
    highest = max((day.total for day in days), default=0) or 1
    for number, day in enumerate(days):
        below = 0
        for name in PARTS:
            count = day.counts[name]
            if not count:
                continue
            below += count
            yield Part(
                name,
                x=f"{number * STEP + (STEP - WIDTH) / 2:g}",
                y=f"{100 - 100 * below / highest:.2f}",
                height=f"{100 * count / highest:.2f}",
                title=f"{day_in_words(day.day, 'j F')}: {LABELS[name]}, {count}",
            )


def share(part: int, whole: int) -> str:
    """In words; of nothing there is no share."""
    return f"{100 * part / whole:.0f} %" if whole else gettext("none")
