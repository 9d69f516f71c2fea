"""An A4 sheet to draw on, in millimetres: text that fits, pictures that fit, colours of the pages."""

import io
import logging

from django.utils.translation import get_language
from fpdf import FPDF
from PIL import Image

from . import fonts

FAMILY = "DejaVu"
WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 16.0
INNER = WIDTH - 2 * MARGIN
PICTURE_SIDE = 900  # pixels; enough for half a page
PICTURE_QUALITY = 85

WHITE = (255, 255, 255)
INK, SOFT, LINE = (21, 33, 30), (77, 89, 85), (216, 211, 196)
ACCENT = (11, 95, 86)
OF_STATUS = {
    "match": ((20, 104, 63), (223, 240, 228)),
    "no_match": ((156, 52, 34), (248, 228, 223)),
    "inconclusive": ((122, 82, 0), (247, 235, 207)),
}

Colour = tuple[int, int, int]


# It would write what it cannot draw, a part of a name, into the log.
logging.getLogger("fpdf").setLevel(logging.ERROR)


class Sheet(FPDF):
    """One page. `text_at` and its like take the top left corner."""

    def __init__(self, title: str):
        super().__init__(format="A4")
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.c_margin = 0
        for style in fonts.FILES:
            self.add_font(FAMILY, style, fonts.usual(style))
        self.set_text_shaping(True)
        self.others: dict[str, str] = {}  # family by file, of the fonts that were needed so far
        self.lacks_characters = False  # whether something is drawn as `fonts.MISSING`
        self.set_title(title)
        self.set_creator("faceverify")
        self.set_lang(get_language() or "en")
        self.add_page()

    def text_at(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        colour: Colour = INK,
        width: float = INNER,
        align: str = "L",
        lines: int = 1,
    ) -> float:
        """Write at most so many lines; what does not fit ends with an ellipsis. Returns the y below."""
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*colour)
        height = size * 0.3528 * 1.35
        rows = self._lines(self._drawable(text), width, height)
        if len(rows) > lines:
            rows = [*rows[: lines - 1], self._cut(rows[lines - 1] + "…", width)]
        for row in rows:
            self.set_xy(x, y)
            self.cell(width, height, self._cut(row, width), align=align)
            y += height
        return y

    def _drawable(self, text: str) -> str:
        """What can be drawn of a text, once the fonts that it needs are there."""
        shown = fonts.drawable(text)
        self.lacks_characters |= fonts.MISSING in shown and fonts.MISSING not in text
        needed = {path for character in set(shown) if (path := fonts.other_for(character))}
        for path in sorted(needed):
            if str(path) not in self.others:
                self.others[str(path)] = f"other{len(self.others)}"
                self.add_font(self.others[str(path)], "", path)
                self.set_fallback_fonts(list(self.others.values()), exact_match=False)
        return shown

    def _lines(self, text: str, width: float, height: float) -> list[str]:
        rows = self.multi_cell(width, height, text, dry_run=True, output="LINES", align="L")
        return rows if isinstance(rows, list) else []

    def _cut(self, text: str, width: float) -> str:
        while len(text) > 1 and self.get_string_width(text) > width:
            text = f"{text.rstrip('…')[:-1]}…"
        return text

    def rule(self, y: float) -> None:
        self.set_draw_color(*LINE)
        self.set_line_width(0.3)
        self.line(MARGIN, y, WIDTH - MARGIN, y)

    def picture(
        self, jpeg: bytes, x: float, y: float, width: float, height: float
    ) -> tuple[float, float]:
        """Draw a photo as large as fits into the box, from its left upper corner. The drawn width and
        height."""
        small, (pixels_wide, pixels_high) = _smaller(jpeg)
        scale = min(width / pixels_wide, height / pixels_high)
        w, h = pixels_wide * scale, pixels_high * scale
        self.image(io.BytesIO(small), x, y, w, h)
        return w, h


def _smaller(jpeg: bytes) -> tuple[bytes, tuple[int, int]]:
    """A photo at the size of the page, and its (width, height) in pixels."""
    with Image.open(io.BytesIO(jpeg)) as photo:
        photo.draft("RGB", (PICTURE_SIDE, PICTURE_SIDE))
        rgb = photo.convert("RGB")
    rgb.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
    out = io.BytesIO()
    rgb.save(out, "JPEG", quality=PICTURE_QUALITY)
    return out.getvalue(), rgb.size
