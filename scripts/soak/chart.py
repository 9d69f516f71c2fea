"""Small curves as SVG, on white so that they can be read on any page."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 190, 30, 34
COLOURS = ("#0b6e99", "#b04a00", "#2f7d32", "#7a3b9e", "#8a6d00", "#b3245d", "#4a5560", "#1f4fbf", "#006d63")  # fmt: skip

Curve = tuple[str, Sequence[float], Sequence[float]]  # its name, minutes, values


def chart(title: str, unit: str, curves: Sequence[Curve]) -> str:
    """Curves over minutes, from zero up, each named at the right."""
    longest = max((x[-1] for _, x, _ in curves if len(x)), default=0) or 1
    highest = max((max(y) for _, _, y in curves if len(y)), default=0) * 1.05 or 1
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def place(minute: float, value: float) -> str:
        return f"{LEFT + across * minute / longest:.1f},{TOP + down * (1 - value / highest):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="18" font-size="13" font-weight="bold">{escape(title)}, {escape(unit)}</text>',
    ]
    for step in range(5):
        value, y = highest * step / 4, TOP + down * (1 - step / 4)
        parts.append(f'<path d="M{LEFT},{y:.1f}h{across}" stroke="#ddd" fill="none"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.4g}</text>')
        minute, x = longest * step / 4, LEFT + across * step / 4
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - 14}" text-anchor="middle">{minute:.3g} min</text>'
        )
    for number, (name, minutes, values) in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(map(place, minutes, values))
        y = TOP + 8 + 15 * number
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
            f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{escape(name)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
