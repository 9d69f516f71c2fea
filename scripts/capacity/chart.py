"""Curves and bars as SVG that is read in light and dark."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 78, 130, 64, 58  # around the field of the curves
LIGHT = ("#0d5c4a", "#b4541a", "#3f51a3", "#8a2d63", "#5b6b00", "#00667d", "#6b4a2b")
DARK = ("#7fd6bd", "#f0a36f", "#a9b6f5", "#eb9ac6", "#c9d65c", "#6fcfe6", "#d3b08c")


def _colours(colours: tuple[str, ...]) -> str:
    return " ".join(
        f".c{n}{{stroke:{colour}}} .f{n}{{fill:{colour}}}" for n, colour in enumerate(colours)
    )


STYLE = f"""
.page{{fill:#fdfcf8}} .grid{{stroke:#dedacb}} .axis{{stroke:#8d9792}} .wall{{stroke:#b3261e;stroke-dasharray:5 4}}
text{{font-family:system-ui,-apple-system,"Segoe UI",sans-serif;font-size:12px;fill:#4c5a54}}
.title{{font-size:16px;font-weight:700;fill:#14211c}} .name{{font-weight:600}} .strong{{fill:#14211c}}
.line{{fill:none;stroke-width:2.2}} {_colours(LIGHT)}
@media (prefers-color-scheme: dark){{
.page{{fill:#14191a}} .grid{{stroke:#2c3839}} .axis{{stroke:#6b7a78}} .wall{{stroke:#ff8a80}}
text{{fill:#b4c2bc}} .title,.strong{{fill:#eef3f0}} {_colours(DARK)}}}
"""


@dataclass(frozen=True)
class Axis:
    """A logarithmic axis from `low` to `high`, with lines at `ticks`."""

    words: str
    low: float
    high: float
    ticks: tuple[float, ...]
    unit: str = ""

    def place(self, value: float, start: float, end: float) -> float:
        share = math.log(value / self.low) / math.log(self.high / self.low)
        return start + min(1.0, max(0.0, share)) * (end - start)

    def label(self, value: float) -> str:
        return f"{value:,.0f}{self.unit}" if value >= 1 else f"{value:g}{self.unit}"


@dataclass(frozen=True)
class Line:
    name: str
    points: list[tuple[float, float]]
    dots: bool = False


@dataclass(frozen=True)
class Chart:
    title: str
    told: str  # for whoever cannot see it
    x: Axis
    y: Axis
    lines: list[Line]
    walls: list[tuple[float, str]] = field(default_factory=list)

    def svg(self) -> str:
        right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        parts = [f'<text class="title" x="20" y="30">{escape(self.title)}</text>']
        for tick in self.x.ticks:
            x = self.x.place(tick, LEFT, right)
            parts.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>')
            parts.append(_text(x, bottom + 20, self.x.label(tick), "middle"))
        for tick in self.y.ticks:
            y = self.y.place(tick, bottom, TOP)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
            parts.append(_text(LEFT - 8, y + 4, self.y.label(tick), "end"))
        parts.append(f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}H{right}"/>')
        parts.append(_text((LEFT + right) / 2, HEIGHT - 14, self.x.words, "middle"))
        parts.append(_text(20, 50, self.y.words, "start"))
        parts += self._walls(right, bottom)
        parts += self._lines(right, bottom)
        return _page(self.title, self.told, HEIGHT, parts)

    def _walls(self, right: float, bottom: float) -> Iterable[str]:
        for number, (value, name) in enumerate(self.walls):
            x = self.x.place(value, LEFT, right)
            yield f'<path class="wall" d="M{x:.1f} {TOP}V{bottom}"/>'
            yield _text(x - 5, TOP + 16 + 17 * number, name, "end", "strong")

    def _lines(self, right: float, bottom: float) -> Iterable[str]:
        taken: list[float] = []
        for number, line in enumerate(self.lines):
            kind = number % len(LIGHT)
            at = [
                (self.x.place(x, LEFT, right), self.y.place(y, bottom, TOP)) for x, y in line.points
            ]
            if line.dots:
                yield from (
                    f'<circle class="f{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>' for x, y in at
                )
            else:
                path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
                yield f'<polyline class="line c{kind}" points="{path}"/>'
            x, y = at[-1]
            while any(abs(y - other) < 14 and line.dots is False for other in taken):
                y += 14
            taken.append(y)
            yield _text(x + 8, y + (22 if line.dots else 4), line.name, "start", f"name f{kind}")


def bars(title: str, told: str, axis: Axis, rows: list[tuple[str, float, str]]) -> str:
    """A row each: a name, how far it reaches, and what is said of it."""
    left, right, height = 250, WIDTH - 40, 44
    bottom = TOP + height * len(rows)
    parts = [f'<text class="title" x="20" y="30">{escape(title)}</text>']
    for tick in axis.ticks:
        x = axis.place(tick, left, right)
        parts.append(f'<path class="grid" d="M{x:.1f} {TOP - 8}V{bottom}"/>')
        parts.append(_text(x, bottom + 18, axis.label(tick), "middle"))
    for number, (name, value, words) in enumerate(rows):
        y, x = TOP + number * height, axis.place(value, left, right)
        parts.append(_text(left - 12, y + 13, name, "end", "strong"))
        parts.append(
            f'<rect class="f0" x="{left}" y="{y}" width="{x - left:.1f}" height="18" rx="3"/>'
        )
        parts.append(_text(left + 4, y + 32, words, "start"))
    parts.append(_text((left + right) / 2, bottom + 40, axis.words, "middle"))
    return _page(title, told, bottom + 54, parts)


def _text(x: float, y: float, words: str, anchor: str, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _page(title: str, told: str, height: float, parts: list[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="t d">\n'
        f'<title id="t">{escape(title)}</title>\n<desc id="d">{escape(told)}</desc>\n<style>{STYLE}</style>\n'
        f'<rect class="page" width="{WIDTH}" height="{height:g}"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )
