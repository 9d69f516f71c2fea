"""The list of pairs that somebody sent: CSV with a header, or a JSON list of objects."""

import csv
import io
import json

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy

from ..jobs.services import MAX_FACE_INDEX
from ..text.sentences import sentence
from .models import BatchPair

NO_OBJECT = sentence("This is not an object with first and second.")
MISSING = {
    "probe": sentence("The first photo is missing."),
    "reference": sentence("The second photo is missing."),
}
FACE_NO_NUMBER = {
    "probe": sentence("The face of the first photo is a whole number, counted from 0."),
    "reference": sentence("The face of the second photo is a whole number, counted from 0."),
}
FACE_TOO_LARGE = {
    "probe": sentence("The face of the first photo is at most %(most)s."),
    "reference": sentence("The face of the second photo is at most %(most)s."),
}
CORRECT_LINE = sentence("Correct this line and send it in another batch.")

MAX_PAIRS = 10_000
MAX_BYTES = 5 * 1024 * 1024
COLUMNS = ("probe", "reference", "title", "probe_face", "reference_face")
# What people call the two photos, and what the API calls them.
CALLED = {
    "first": "probe",
    "second": "reference",
    "first_face": "probe_face",
    "second_face": "reference_face",
}
HOW = gettext_lazy(
    "Send CSV whose first line is first,second (or probe,reference), or a JSON list of objects with these fields; both name photos of the ZIP."
)


def read_pairs(data: bytes) -> list[BatchPair]:
    """The pairs, not saved. A line that cannot be used is a pair that is refused.

    Raises ValidationError, with the field `pairs`, when the list as a whole cannot be read.
    """
    if len(data) > MAX_BYTES:
        raise _wrong(
            gettext("The list is larger than %(most)s MB.") % {"most": MAX_BYTES // 1024**2}
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _wrong(gettext("The list is not UTF-8 text.")) from None
    rows = _from_json(text) if text.lstrip()[:1] in ("[", "{") else _from_csv(text)
    if not rows:
        raise _wrong(gettext("The list holds no pair."))
    if len(rows) > MAX_PAIRS:
        raise _wrong(
            gettext("The list holds %(number)s pairs; at most %(most)s are taken at once.")
            % {"number": f"{len(rows):,}", "most": f"{MAX_PAIRS:,}"}
        )
    return [_pair(number, row) for number, row in enumerate(rows, start=1)]


def _from_json(text: str) -> list:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        raise _wrong(gettext("The list is not valid JSON.")) from None
    if isinstance(rows, dict):
        rows = rows.get("pairs")
    if not isinstance(rows, list):
        raise _wrong(str(HOW))
    return rows


def _from_csv(text: str) -> list[dict]:
    try:
        dialect = csv.Sniffer().sniff(text.split("\n", 1)[0], delimiters=",;\t")
    except csv.Error:
        raise _wrong(str(HOW)) from None
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), dialect=dialect)
        names = [_called((name or "").strip().lower()) for name in reader.fieldnames or ()]
        if not {"probe", "reference"} <= set(names):
            raise _wrong(str(HOW))
        reader.fieldnames = names
        return list(reader)
    except csv.Error as error:
        raise _wrong(gettext("The list is not valid CSV: %(error)s.") % {"error": error}) from None


def _pair(number: int, row) -> BatchPair:
    if not isinstance(row, dict):
        return _refused(BatchPair(number=number), NO_OBJECT)
    row = {_called(name): value for name, value in row.items()}
    values = {name: row.get(name) for name in COLUMNS}
    texts = {name: _text(values[name]) for name in ("probe", "reference", "title")}
    pair = BatchPair(
        number=number,
        probe=texts["probe"][:1000],
        reference=texts["reference"][:1000],
        title=texts["title"][:200],
    )
    for which in ("probe", "reference"):
        if not texts[which]:
            return _refused(pair, MISSING[which], which)
        face = _text(values[f"{which}_face"])
        if face:
            digits = face.lstrip("0") or "0"  # Python reads no number of thousands of digits
            if not (face.isascii() and face.isdigit() and len(digits) <= 6):
                return _refused(pair, FACE_NO_NUMBER[which], which)
            if int(digits) > MAX_FACE_INDEX:
                return _refused(pair, FACE_TOO_LARGE[which] % {"most": MAX_FACE_INDEX}, which)
            setattr(pair, f"{which}_face", int(digits))
    return pair


def _called(name):
    return CALLED.get(name, name)


def _text(value) -> str:
    if value is None or isinstance(value, (dict, list, bool)):
        return ""
    return "".join(c for c in str(value) if c.isprintable()).strip()


def _refused(pair: BatchPair, detail: str, which: str = "") -> BatchPair:
    pair.state, pair.code, pair.detail = BatchPair.State.REFUSED, "row_invalid", detail
    pair.remedy, pair.which = CORRECT_LINE, which
    return pair


def _wrong(detail: str) -> ValidationError:
    return ValidationError({"pairs": detail})
