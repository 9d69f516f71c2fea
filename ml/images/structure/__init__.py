"""Parse a file before any decoder sees it: format, size, orientation.

Decoders trust the numbers in a file. Here they are checked against limits first, in time linear in the
file's size, and everything that a decoder does not need is removed: metadata, further pages, padding.
"""

from collections.abc import Callable

from ml.errors import ImageRefused
from ml.images import refusals
from ml.images.structure import bitmap, boxes, gif, jpeg, jpeg2000, png, tiff, webp
from ml.images.structure.source import Source

__all__ = ["Source", "inspect"]


def inspect(data: bytes) -> Source:
    """Parse a file. Raises ImageRefused if it is not a photo or must not reach a decoder."""
    if not data:
        raise refusals.empty()
    if len(data) > refusals.MAX_BYTES:
        raise refusals.too_many_bytes()
    try:
        source = _reader(data)(data)
    except ImageRefused:
        raise
    except Exception as error:  # impossible numbers in a damaged file
        raise refusals.unreadable() from error
    refusals.check_size(source.kind, source.width, source.height)
    return source


def _reader(data: bytes) -> Callable[[bytes], Source]:
    if data.startswith(b"\xff\xd8"):
        return jpeg.read
    if data.startswith(png.SIGNATURE):
        return png.read
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return webp.read
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return gif.read
    if data[:2] == b"BM":
        return bitmap.read
    if data[:4] in tiff.SIGNATURES:
        return tiff.read
    if data[4:8] == b"ftyp":
        return boxes.read
    if data.startswith((jpeg2000.BOX, jpeg2000.CODESTREAM)):
        return jpeg2000.read
    raise refusals.unsupported()
