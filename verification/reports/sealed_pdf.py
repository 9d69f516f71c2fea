"""What a report carries besides its page: the stated facts as JSON, and the seals.

The JSON is an attachment of the PDF that is not compressed, so that it is found without a PDF reader.
In it, `facts_seal` covers the facts and the digests of all other parts of the file, and `seal` the whole
file with blanks in its own place: the first tells what was changed, the second that anything was.
"""

import hashlib
import json
import re
from typing import Any

from . import sealing
from .models import ReportKey

FORMAT = "faceverify-report"
ATTACHMENT = "faceverify-report.json"
_START = f'{{"format": "{FORMAT}"'.encode()
# Binary streams have lengths, but no line of theirs reads like this.
_OBJECT = re.compile(rb"^(\d+) 0 obj$(.*?)^endobj$", re.MULTILINE | re.DOTALL)
PARTS = {
    "page": "what the page says or draws",
    "pictures": "a picture",
    "rest": "the make-up of the file",
}


class NoReport(Exception):
    """The file has no statement of a report in it."""


class Statement:
    """The JSON of a report, and where it lies in the file."""

    def __init__(self, told: dict[str, Any], start: int, end: int):
        self.told, self.start, self.end = told, start, end

    @property
    def facts(self) -> dict[str, Any]:
        return self.told["facts"]

    @property
    def key_name(self) -> str:
        return str(self.told["key"])


def unsealed(facts: dict[str, Any], key: ReportKey) -> bytes:
    """The JSON with blanks for the digests and the seals, to be attached to the page."""
    told = {
        "format": FORMAT,
        "key": key.name,
        "seal": sealing.BLANK,
        "facts_seal": sealing.BLANK,
        "parts": dict.fromkeys(PARTS, sealing.BLANK),
        "facts": facts,
    }
    return _dumped(told)


def sealed(pdf: bytes, key: ReportKey) -> bytes:
    """The PDF with its parts and its seals entered; its length stays."""
    found = read(pdf)
    told = found.told
    told["parts"] = _digests(pdf, found)
    told["facts_seal"] = sealing.seal(_stated(told), key)
    blank = _with(pdf, found, told)
    told["seal"] = sealing.seal(blank, key)
    return _with(pdf, found, told)


def read(pdf: bytes) -> Statement:
    """Raises NoReport."""
    start = pdf.find(_START)
    if start < 0:
        raise NoReport
    try:
        told, length = json.JSONDecoder().raw_decode(pdf[start:].decode("latin-1"))
    except (ValueError, RecursionError):
        raise NoReport from None
    kinds = {"key": str, "seal": str, "facts_seal": str, "parts": dict, "facts": dict}
    if not all(isinstance(told.get(name), kind) for name, kind in kinds.items()):
        raise NoReport
    return Statement(told, start, start + length)


def is_whole(pdf: bytes, found: Statement) -> bool:
    """Whether nothing in the file was changed. Raises KeyUnknown."""
    blank = _with(pdf, found, found.told | {"seal": sealing.BLANK})
    as_written = _with(pdf, found, found.told) == pdf
    return sealing.fits(found.told["seal"], blank, found.key_name) and as_written


def facts_are_whole(found: Statement) -> bool:
    """Whether the facts and the digests are those that were sealed. Raises KeyUnknown."""
    return sealing.fits(found.told["facts_seal"], _stated(found.told), found.key_name)


def changed_parts(pdf: bytes, found: Statement) -> list[str]:
    """What was changed besides the facts, in words."""
    now = _digests(pdf, found)
    return [words for part, words in PARTS.items() if found.told["parts"].get(part) != now[part]]


def _digests(pdf: bytes, found: Statement) -> dict[str, str]:
    """The SHA-256 of each kind of part, without the JSON. Of several objects with one number the last
    counts, as for a reader."""
    without = pdf[: found.start] + b" " * (found.end - found.start) + pdf[found.end :]
    objects = {
        int(match[1]): match[2]
        for match in _OBJECT.finditer(without)
        if not match.start() < found.start < match.end()
    }
    digests = {part: hashlib.sha256() for part in PARTS}
    for number, body in sorted(objects.items()):
        digests[_part(body)].update(b"%d %d " % (number, len(body)) + body)
    return {part: digest.hexdigest() for part, digest in digests.items()}


def _part(body: bytes) -> str:
    head, stream, _ = body.partition(b"stream")
    if b"/Subtype /Image" in head:
        return "pictures"
    if stream and b"/Type" not in head and b"/Length1" not in head:
        return "page"
    return "rest"


def _stated(told: dict[str, Any]) -> bytes:
    return _dumped({"parts": told["parts"], "facts": told["facts"]}, sort_keys=True)


def _dumped(told: dict[str, Any], **options: Any) -> bytes:
    return json.dumps(told, ensure_ascii=True, **options).encode("ascii")


def _with(pdf: bytes, found: Statement, told: dict[str, Any]) -> bytes:
    return pdf[: found.start] + _dumped(told) + pdf[found.end :]
