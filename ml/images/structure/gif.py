"""GIF: the blocks are parsed and limited. A second picture makes it an animation, which is refused."""

import struct

from ml.images import refusals
from ml.images.structure.source import Source
from ml.sentences import sentence

MORE_THAN_BLOCKS = sentence("more than %(most)s blocks")

MAX_BLOCKS = 200_000  # 20 MB in full blocks make 82,000
IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B
TRANSPARENCY = 0xF9


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    if len(data) < 13:
        raise refusals.truncated()
    screen = struct.unpack_from("<HH", data, 6)
    start = at = 13 + _table(data[10])
    blocks, control, picture, area, complete = 0, b"", b"", (0, 0), False
    while at < len(data):
        code = data[at]
        if code == TRAILER:
            complete = True
            break
        if code == EXTENSION:
            begin = at
            at, blocks = _skip(data, at + 2, blocks)
            if data[begin + 1 : begin + 2] == bytes((TRANSPARENCY,)) and not picture:
                control = data[begin:at]
        elif code == IMAGE:
            if picture:
                raise refusals.animated()
            if at + 11 > len(data):
                raise refusals.truncated()
            left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
            begin, area = at, (left + width, top + height)
            at, blocks = _skip(data, at + 11 + _table(flags), blocks)
            picture = data[begin:at]
        elif picture:
            break  # garbage after the picture
        else:
            raise refusals.unreadable()
    if not picture:
        raise refusals.unreadable() if complete else refusals.truncated()
    return Source(
        "GIF",
        max(screen[0], area[0]),
        max(screen[1], area[1]),
        data[:start] + control + picture + b"\x3b",
        complete=complete,
    )


def _table(flags: int) -> int:
    """Length in bytes of the colour table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(data: bytes, at: int, blocks: int) -> tuple[int, int]:
    """The position after the sub-blocks that begin at `at`, and the number of blocks so far."""
    while at < len(data) and (size := data[at]):
        at += 1 + size
        blocks += 1
        if blocks > MAX_BLOCKS:
            raise refusals.too_complex(MORE_THAN_BLOCKS % {"most": f"{MAX_BLOCKS:,}"})
    return at + 1, blocks + 1
