"""The page of a report: what the result page shows, on paper."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext

from ..comparisons.models import Verification
from ..comparisons.presentation import Photo, Result
from ..photos.face_box import Box
from ..photos.storage import FileUnreadable
from ..text.dates import written
from ..text.numbers import milliseconds
from . import fonts, sealed_pdf
from .sheet import ACCENT, HEIGHT, INK, INNER, MARGIN, OF_STATUS, SOFT, WHITE, WIDTH, Colour, Sheet

GAP = 6.0
HALF = (INNER - GAP) / 2
PHOTO_HEIGHT, FACE_SIDE = 62.0, 30.0
MOST_ROWS = 14
COLOUR_OF = {"probe": (29, 92, 156), "reference": (141, 58, 114)}


@dataclass(frozen=True)
class Row:
    """A line of the list of people or photos of a verdict with many answers."""

    name: str
    similarity: str
    chance: str
    verdict: str


def drawn(result: Result, rows: list[Row], facts: dict[str, Any], statement: bytes) -> bytes:
    """The PDF with `statement` attached, not sealed yet."""
    sheet = Sheet(gettext("Report: %(name)s") % {"name": result.name})
    sheet.embed_file(
        bytes=statement,
        basename=sealed_pdf.ATTACHMENT,
        mime_type="application/json",
        desc=gettext("What this report states, and its seals"),
    )
    y = _head(sheet, result, facts)
    y = _scale(sheet, result, y)
    y = _photos(sheet, result, rows, y)
    _facts(sheet, result, facts, y)
    _foot(sheet, facts)
    return bytes(sheet.output())


def _head(sheet: Sheet, result: Result, facts: dict[str, Any]) -> float:
    ink, wash = OF_STATUS[result.status]
    sheet.text_at(MARGIN, 13, "faceverify", size=13, bold=True, colour=ACCENT)
    sheet.text_at(MARGIN, 13.8, gettext("Report of a comparison"), colour=SOFT, align="R")
    sheet.rule(21)
    y = sheet.text_at(MARGIN, 25, result.name, size=10, colour=SOFT, width=INNER, lines=2) + 1.5
    sheet.set_fill_color(*wash)
    sheet.rect(MARGIN, y, INNER, 19, style="F", round_corners=True, corner_radius=2.5)
    sheet.text_at(
        MARGIN + 5, y + 3, result.headline, size=15, bold=True, colour=ink, width=INNER - 10
    )
    sheet.text_at(MARGIN + 5, y + 11.3, result.confidence, size=10, width=INNER - 10)
    return sheet.text_at(MARGIN, y + 21.5, result.meaning, colour=SOFT, lines=3) + 3


def _scale(sheet: Sheet, result: Result, y: float) -> float:
    """Similarity, threshold and the band without a verdict, from 0 to 1."""
    v, scale = result.verification, result.scale
    if scale is None or v.similarity is None or v.threshold is None:
        return y
    low = v.threshold if v.band_low is None else v.band_low
    high = v.threshold if v.band_high is None else v.band_high
    for start, end, status in (
        (0, low, "no_match"),
        (low, high, "inconclusive"),
        (high, 1, "match"),
    ):
        sheet.set_fill_color(*OF_STATUS[status][1])
        sheet.rect(MARGIN + INNER * start, y + 3, INNER * (end - start), 4, style="F")
    sheet.set_draw_color(*INK)
    sheet.set_line_width(0.4)
    at = MARGIN + INNER * v.threshold
    sheet.line(at, y + 1.5, at, y + 8.5)
    sheet.set_fill_color(*OF_STATUS[result.status][0])
    sheet.circle(MARGIN + INNER * v.similarity, y + 5, 2, style="F")
    sheet.text_at(MARGIN, y + 9.2, gettext("0 · nothing alike"), size=7, colour=SOFT)
    sheet.text_at(MARGIN, y + 9.2, gettext("the same face · 1"), size=7, colour=SOFT, align="R")
    numbers = (
        f"{gettext('Similarity')} {scale.similarity_text}     "
        f"{gettext('Threshold')} {scale.threshold_text}     "
        f"{gettext('No verdict within')} {scale.band_text}"
    )
    sheet.text_at(MARGIN, y + 13, numbers, bold=True)
    setting = gettext("At this setting about %(odds)s %(setting)s") % {
        "odds": result.odds,
        "setting": result.setting,
    }
    return sheet.text_at(MARGIN, y + 18, setting, size=8, colour=SOFT, lines=2) + 3


def _photos(sheet: Sheet, result: Result, rows: list[Row], y: float) -> float:
    ends = [
        _photo(sheet, result.verification, photo, MARGIN + number * (HALF + GAP), y)
        for number, photo in enumerate(result.photos[:2])
    ]
    if len(ends) == 1:
        ends.append(_rows(sheet, result, rows, MARGIN + HALF + GAP, y))
    return max(ends) + 4


def _photo(sheet: Sheet, row: Verification, photo: Photo, x: float, y: float) -> float:
    colour = COLOUR_OF.get(photo.which, INK)
    name = f"{photo.letter}  {photo.name}" if row.kind == "pair" else photo.name
    y = sheet.text_at(x, y, name, bold=True, colour=colour, width=HALF)
    y = sheet.text_at(x, y, photo.file_name, size=7, colour=SOFT, width=HALF) + 1
    if data := _stored(getattr(row, f"{photo.which}_image")):
        width, height = sheet.picture(data, x, y, HALF, PHOTO_HEIGHT)
        if photo.width:
            scale = width / photo.width
            for box in photo.boxes:
                if box.chosen or row.named_faces:
                    _box(sheet, box, x, y, scale, colour, numbered=bool(row.named_faces))
        y += height + 2
    else:
        y = sheet.text_at(x, y, gettext("The photo was erased."), colour=SOFT, width=HALF) + 2
    if data := _stored(getattr(row, f"{photo.which}_crop")):
        sheet.picture(data, x, y, FACE_SIDE, FACE_SIDE)
    else:
        gone = gettext("The face was erased.")
        sheet.text_at(x, y, gone, size=7, colour=SOFT, width=FACE_SIDE, lines=2)
    below, right = y, x + FACE_SIDE + 3
    for measured in photo.quality:
        line = f"{measured.name}: {measured.words}"
        below = sheet.text_at(right, below, line, size=7.5, width=HALF - FACE_SIDE - 3)
    for what, _remedy in photo.conditions:
        below = sheet.text_at(
            right, below, what, size=7.5, colour=OF_STATUS["inconclusive"][0],
            width=HALF - FACE_SIDE - 3, lines=2,
        )  # fmt: skip
    return max(y + FACE_SIDE, below)


def _box(
    sheet: Sheet, box: Box, x: float, y: float, scale: float, colour: Colour, *, numbered: bool
) -> None:
    left, top = x + box.left * scale, y + box.top * scale
    sheet.set_draw_color(*colour)
    sheet.set_line_width(0.5)
    sheet.rect(left, top, box.width * scale, box.height * scale)
    if numbered:
        sheet.set_fill_color(*colour)
        sheet.rect(left, top, 4, 3.6, style="F")
        number = str(box.number)
        sheet.text_at(left, top, number, size=7, bold=True, colour=WHITE, width=4, align="C")


def _rows(sheet: Sheet, result: Result, rows: list[Row], x: float, y: float) -> float:
    """Whom or what the photo was compared with."""
    heading = (
        gettext("Compared with") if result.candidates or not rows else gettext("What was found")
    )
    y = sheet.text_at(x, y, heading, bold=True, width=HALF) + 1
    if not rows:
        return sheet.text_at(x, y, result.who, width=HALF, lines=2)
    columns = ((0.0, 29.0), (30.0, 14.0), (45.0, 14.0), (60.0, HALF - 60.0))
    words = (gettext("Name"), gettext("Similarity"), gettext("Chance"), gettext("Verdict"))
    for (at, width), word in zip(columns, words, strict=True):
        sheet.text_at(x + at, y, word, size=7, colour=SOFT, width=width)
    y += 4.5
    for row in rows[:MOST_ROWS]:
        cells = (row.name, row.similarity, row.chance, row.verdict)
        for (at, width), cell in zip(columns, cells, strict=True):
            sheet.text_at(x + at, y, cell, size=7.5, width=width)
        y += 5
    if len(rows) > MOST_ROWS:
        more = gettext("and %(number)s more, on the page of the verdict")
        more %= {"number": len(rows) - MOST_ROWS}
        y = sheet.text_at(x, y, more, size=8, colour=SOFT, width=HALF)
    return y


def _facts(sheet: Sheet, result: Result, facts: dict[str, Any], y: float) -> None:
    v = result.verification
    sheet.rule(y)
    y += 3
    way = gettext("through the API") if v.source == "api" else gettext("on the website")
    told = (
        (gettext("Asked by"), f"{facts['asked_by']}, {way}"),
        (gettext("Submitted"), _time(v.created_at)),
        (gettext("Finished"), _time(v.finished_at)),
        (gettext("Time taken"), _duration(v)),
        (gettext("False-match rate"), result.odds),
        (gettext("Thresholds"), _thresholds(v)),
        (gettext("Model"), f"{v.model_name} {v.model_version}"),
        (gettext("SHA-256 of the model"), v.model_sha256),
        (gettext("Identifier"), str(v.pk)),
        (gettext("Report made"), _time(datetime.fromisoformat(facts["made_at"]))),
    )
    for name, value in told:
        if value:
            sheet.text_at(MARGIN, y, name, size=8, colour=SOFT, width=42)
            sheet.text_at(MARGIN + 44, y, value, size=8, width=INNER - 44)
            y += 4.6


def _thresholds(row: Verification) -> str:
    if not row.calibration:
        return gettext("of the model")
    return gettext("measured on the gallery of the account (%(people)s people)") % {
        "people": row.calibration.get("people")
    }


def _time(at: datetime | None) -> str:
    if at is None:
        return ""
    utc = at.astimezone(UTC)
    return f"{written(utc, 'j F Y, H:i:s')} UTC"


def _duration(row: Verification) -> str:
    total = row.timings.get("total")
    return "" if total is None else milliseconds(total)


def _foot(sheet: Sheet, facts: dict[str, Any]) -> None:
    y = HEIGHT - 20
    sheet.rule(y)
    words = gettext(
        "A verdict is an estimate, not proof of identity. This file is sealed: whoever runs the server can "
        "tell by “manage.py verify_report FILE” whether anything in it was changed. Print-outs cannot be "
        "checked, only the file itself."
    )
    if sheet.lacks_characters:
        words += " " + gettext(
            "The fonts have no letter where %(sign)s stands: the page of the verdict has it."
        ) % {"sign": fonts.MISSING}
    sheet.text_at(MARGIN, y + 2, words, size=7, colour=SOFT, width=INNER - 30, lines=4)
    sheet.text_at(
        WIDTH - MARGIN - 28,
        y + 2,
        gettext("Page %(number)s of %(total)s") % {"number": 1, "total": 1},
        size=7,
        colour=SOFT,
        width=28,
        align="R",
    )


def _stored(field: Any) -> bytes | None:
    if not field:
        return None
    try:
        with field.open("rb") as file:
            return file.read()
    except (FileNotFoundError, FileUnreadable):
        return None
