"""Draw the icons of an installed faceverify from its mark, static/img/favicon.svg:

    python scripts/icons.py

Two half faces, one filled and one outlined, as in the mark; a maskable icon has them within the circle
that every system leaves of it.
"""

from pathlib import Path

from PIL import Image, ImageDraw

OUT = Path(__file__).resolve().parents[1] / "static" / "img"
GREEN, PAPER = (11, 95, 86), (255, 254, 251)
GRID = 32  # units of the mark
FINER = 8  # drawn so many times larger, then made smaller
SAFE = 0.72  # size of the mark in a maskable icon


def icon(side: int, *, maskable: bool = False, rounded: bool = True) -> Image.Image:
    """The icon of so many pixels; not `rounded`, or `maskable`, for systems that cut its corners."""
    big = side * FINER
    image = Image.new("RGBA", (big, big), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if maskable or not rounded:
        draw.rectangle((0, 0, big, big), fill=GREEN)
    else:
        draw.rounded_rectangle((0, 0, big - 1, big - 1), radius=big / 4, fill=GREEN)
    scale = big / GRID * (SAFE if maskable else 1)
    offset = (big - scale * GRID) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return offset + x * scale, offset + y * scale

    draw.pieslice((*at(5.9, 6.5), *at(23.1, 23.7)), 90, 270, fill=PAPER)
    half = (*at(8.9, 8.3), *at(26.1, 25.5))
    line = round(2 * scale)
    draw.pieslice(
        (half[0] - line / 2, half[1] - line / 2, half[2] + line / 2, half[3] + line / 2),
        -90,
        90,
        fill=PAPER,
    )
    draw.rectangle((*at(16.5, 7.3), *at(17.5, 26.5)), fill=PAPER)
    draw.pieslice(
        (half[0] + line / 2, half[1] + line / 2, half[2] - line / 2, half[3] - line / 2),
        -90,
        90,
        fill=GREEN,
    )
    draw.rectangle((*at(16.5, 9.3), *at(18.5, 24.5)), fill=PAPER)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def main() -> None:
    for side in (192, 512):
        icon(side).save(OUT / f"icon-{side}.png", optimize=True)
        icon(side, maskable=True).convert("RGB").save(
            OUT / f"icon-maskable-{side}.png", optimize=True
        )
    icon(180, rounded=False).convert("RGB").save(OUT / "apple-touch-icon.png", optimize=True)


if __name__ == "__main__":
    main()
