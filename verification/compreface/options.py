"""What the query of a CompreFace request may say."""

import math
from dataclasses import dataclass

from django.http import QueryDict

from .errors import Code, CompreFaceError

TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "")
LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Options:
    """How faces are looked at.

    `limit`: the largest faces of a photo, 0 for all. `threshold`: of the detector's score, 0 to 1.
    `predictions`: subjects named for a face, 0 for all. `plugins`: what else is told of a face.
    `status`: whether times and versions are told.
    """

    limit: int = 0
    threshold: float = 0.0
    predictions: int = 1
    plugins: frozenset[str] = frozenset()
    status: bool = False


def options_of(query: QueryDict) -> Options:
    """Parameters that are not known are passed over, as CompreFace does. Raises CompreFaceError."""
    return Options(
        limit=whole(query, "limit", 0),
        threshold=_share(query, "det_prob_threshold"),
        predictions=whole(query, "prediction_count", 1),
        plugins=frozenset(filter(None, map(str.strip, query.get("face_plugins", "").split(",")))),
        status=_truth(query, "status"),
    )


def whole(query: QueryDict, name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`. Raises CompreFaceError."""
    text = query.get(name, "").strip()
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not text.isascii() or not least <= value <= LARGEST:
        raise _wrong(f"{name}: must be a whole number greater than or equal to {least}")
    return value


def _share(query: QueryDict, name: str) -> float:
    text = query.get(name, "").strip()
    try:
        value = float(text or 0)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise _wrong(f"{name}: must be a number from 0.0 to 1.0")
    return value


def _truth(query: QueryDict, name: str) -> bool:
    text = query.get(name, "").strip().lower()
    if text not in (*TRUE, *FALSE):
        raise _wrong(f"{name}: must be true or false")
    return text in TRUE


def _wrong(message: str) -> CompreFaceError:
    return CompreFaceError(Code.VALUE_NOT_ALLOWED, message)
