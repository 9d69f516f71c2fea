"""Photo bytes to upright RGB pixels: formats, orientation, limits of size, time and memory.

Everything that enters the product as a photo passes through here: `structure` reads the file and
bounds it, `pixels` decodes it, in this process or in one that may die (`sandbox`).
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
    "load",
    "sanitize",
]

_at_once = threading.BoundedSemaphore(2)  # decodes in this process, which bounds their memory


@dataclass(frozen=True)
class Photo:
    """Upright pixels, uint8 RGB (H, W, 3), and how many of the full-size photo's pixels one is."""

    pixels: np.ndarray
    width: int
    height: int

    @property
    def scale(self) -> float:
        """Full-size pixels for each decoded pixel; 1 where nothing was shrunk."""
        return max(self.width, self.height) / max(self.pixels.shape[:2])


def decode(data: bytes, *, max_side: int | None = None) -> np.ndarray:
    """The pixels of `load`: an upright uint8 RGB array (H, W, 3)."""
    return load(data, max_side=max_side).pixels


def load(data: bytes, *, max_side: int | None = None) -> Photo:
    """Decode a photo: upright, in sRGB, transparency laid on white.

    Args:
        data: the file's bytes.
        max_side: shrink so that the long side has at most this many pixels. A JPEG is then
            decoded at a reduced scale, which is what makes large photos cheap.

    Raises:
        ImageRefused: with a code of its own for each kind of file that cannot be used.
    """
    source = inspect(data)
    pixels = _decode(source, max_side)
    width, height = source.width, source.height
    if (pixels.shape[1] > pixels.shape[0]) != (width > height):
        width, height = height, width
    return Photo(pixels, width, height)


def sanitize(data: bytes) -> bytes:
    """The photo as a JPEG that carries pixels only: no EXIF, no location, no thumbnail; upright,
    long side at most `STORED_SIDE` px. What `load` gives of it are the pixels that are judged.

    An ordinary JPEG keeps its picture bit for bit and only loses what surrounds it. Others are
    decoded and encoded (quality 95, 4:4:4), in a process of their own. Sanitizing twice changes
    nothing.

    Raises:
        ImageRefused: as `decode`.
        DecodersBusy: many threads ask for decoders at once; it may be tried again.
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
