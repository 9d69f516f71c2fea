"""BMP: only the size is read, since there are no parts to limit."""

import struct

from ml.images import refusals
from ml.images.structure.source import Source


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    if len(data) < 26:
        raise refusals.truncated()
    (header,) = struct.unpack_from("<I", data, 14)
    layout = "<HH" if header == 12 else "<ii"
    width, height = struct.unpack_from(layout, data, 18)
    if header not in (12, 16, 40, 52, 56, 64, 108, 124) or width <= 0:
        raise refusals.unreadable()
    return Source("BMP", width, abs(height), data)
