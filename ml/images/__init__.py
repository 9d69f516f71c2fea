"""Photo bytes to upright RGB pixels: formats, orientation, limits of size, time and memory.

Every photo that enters the product passes through here. `structure` parses the file and checks it
against limits; `pixels` decodes it, either in this process or in a separate one (`sandbox`).
"""

import threading
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ml.images import encoding, sandbox
from ml.images import pixels as _pixels
from ml.images.refusals import (
    FORMAT_NAMES,
    MAX_BYTES,
    MAX_PIXELS,
    MAX_PIXELS_WHOLE,
    MIN_SIDE,
    STORED_SIDE,
    too_costly,
)
from ml.images.structure import Source, inspect

__all__ = [
    "FORMAT_NAMES",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_PIXELS_WHOLE",
    "MIN_SIDE",
    "STORED_SIDE",
    "Photo",
    "decode",
    "encode_jpeg",
    "inspect",
    "load",
    "sanitize",
]

_at_once = threading.BoundedSemaphore(2)  # photos decoded in this process together: bounds memory


@dataclass(frozen=True)
class Photo:
    """Upright pixels, uint8 RGB (H, W, 3), with the width and height of the full-size photo."""

    pixels: np.ndarray
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Side of a decoded pixel in full-size pixels; 1 if the photo was not shrunk."""
        return max(self.width, self.height) / max(self.pixels.shape[:2])


def decode(data: bytes, *, max_side: int | None = None) -> np.ndarray:
    """The pixels of `load`: an upright uint8 RGB array (H, W, 3)."""
    return load(data, max_side=max_side).pixels


def load(data: bytes, *, max_side: int | None = None) -> Photo:
    """Decode a photo: upright, in sRGB, with transparent parts shown white.

    Args:
        data: the file's bytes.
        max_side: shrink so that the long side has at most this many pixels. A JPEG is then
            decoded at a reduced scale, which saves time and memory for large photos.

    Raises:
        ImageRefused: the file cannot be used; the code says why.
    """
    source = inspect(data)
    pixels = _decode(source, max_side)
    width, height = source.width, source.height
    if (pixels.shape[1] > pixels.shape[0]) != (width > height):
        width, height = height, width
    return Photo(pixels, width, height)


def sanitize(data: bytes) -> bytes:
    """The photo as an upright JPEG without metadata (EXIF, location, thumbnail), with a long side of
    at most `STORED_SIDE` pixels. Verdicts are made from the pixels that `load` reads from it.

    The pixels of an ordinary JPEG stay the same bit for bit; only its metadata is removed. Other
    files are decoded and encoded again (quality 95, 4:4:4) in a separate process. Sanitizing a
    sanitized photo changes nothing.

    Raises:
        ImageRefused: as `decode`.
        DecodersBusy: too many threads are waiting for decoders; try again later.
    """
    source = inspect(data)
    if source.lossless and max(source.width, source.height) <= STORED_SIDE:
        with _at_once:
            if _pixels.is_whole(source):
                return source.data
    return sandbox.jpeg(source, STORED_SIDE)


def encode_jpeg(pixels: np.ndarray, quality: int = encoding.QUALITY) -> bytes:
    """Encode uint8 RGB pixels (H, W, 3) as JPEG bytes without metadata."""
    return encoding.jpeg(Image.fromarray(pixels), quality)


def _decode(source: Source, max_side: int | None) -> np.ndarray:
    if not source.ordinary:
        return sandbox.pixels(source, max_side)
    try:
        with _at_once:
            return np.asarray(_pixels.rgb(source, max_side))
    except MemoryError as error:
        raise too_costly() from error
