"""JPEG 2000: the codestream is located in its boxes, and its size and tiles are limited."""

import struct

from ml.images import refusals
from ml.images.structure.source import Source
from ml.sentences import sentence

MORE_THAN_TILES = sentence("more than %(most)s tiles")
MORE_THAN_BOXES = sentence("more than %(most)s boxes")

BOX = b"\0\0\0\x0cjP  \r\n\x87\n"
CODESTREAM = b"\xff\x4f\xff\x51"
MAX_BOXES = 1000
MAX_TILES = 4096


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    at = 0 if data.startswith(CODESTREAM) else _codestream(data)
    try:
        _rsiz, x, y, x0, y0, tw, th, tx, ty, count = struct.unpack_from(">HIIIIIIIIH", data, at + 6)
    except struct.error:
        raise refusals.truncated() from None
    if (
        data[at : at + 4] != CODESTREAM
        or x <= x0
        or y <= y0
        or not tw
        or not th
        or not 1 <= count <= 4
    ):
        raise refusals.unreadable()
    width, height = x - x0, y - y0
    refusals.check_size("JPEG2000", width, height)
    if -(-(x - tx) // tw) * -(-(y - ty) // th) > MAX_TILES:
        raise refusals.too_complex(MORE_THAN_TILES % {"most": f"{MAX_TILES:,}"})
    return Source("JPEG2000", width, height, data)


def _codestream(data: bytes) -> int:
    """The position of the codestream. Raises ImageRefused if the boxes before it are damaged."""
    at = 0
    for _number in range(MAX_BOXES):
        if at + 8 > len(data):
            raise refusals.truncated()
        (size,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        body = at + 8
        if size == 1 and at + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, at + 8)
            body = at + 16
        if name == b"jp2c":
            return body
        if size < body - at:
            raise refusals.unreadable()
        at += size
    raise refusals.too_complex(MORE_THAN_BOXES % {"most": f"{MAX_BOXES:,}"})
