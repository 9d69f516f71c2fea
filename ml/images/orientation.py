"""The orientation stored in EXIF. Nothing else is read from EXIF, so other damage there is harmless."""

import re
import struct

TAG = 0x0112
MAX_ENTRIES = 512
# The entry as cameras write it (type SHORT, one value), searched for when the directory is damaged.
_ENTRY = re.compile(
    rb"\x12\x01\x03\x00\x01\x00\x00\x00([\x01-\x08])\x00"
    rb"|\x01\x12\x00\x03\x00\x00\x00\x01\x00([\x01-\x08])"
)


def of_exif(block: bytes) -> int:
    """EXIF orientation, 1 to 8, from a TIFF block, which may start with `Exif\\0\\0`; 1 if it cannot
    be read."""
    block = bytes(block[:65536])
    if block[:4].lower() == b"exif":
        block = block[6:]
    order = _byte_order(block)
    try:
        (start,) = struct.unpack_from(order + "I", block, 4)
        (count,) = struct.unpack_from(order + "H", block, start)
    except struct.error:
        return _searched(block)
    if not 0 < count <= MAX_ENTRIES or start + 2 + 12 * count > len(block):
        return _searched(block)
    for at in range(start + 2, start + 2 + 12 * count, 12):
        (tag,) = struct.unpack_from(order + "H", block, at)
        if tag == TAG:
            return of_entry(block[at : at + 12], order)
    return 1


def of_entry(entry: bytes, order: str) -> int:
    """The orientation in a directory entry of 12 bytes (BigTIFF: 20); 1 for an invalid value."""
    kind = struct.unpack_from(order + "H", entry, 2)[0]
    layout = {1: "B", 3: "H", 4: "I"}.get(kind, "H")
    value = struct.unpack_from(
        order + layout, entry, len(entry) * 2 // 3 if len(entry) == 12 else 12
    )[0]
    return value if 1 <= value <= 8 else 1


def _byte_order(block: bytes) -> str:
    if block[:2] in (b"II", b"MM"):
        return "<" if block[:2] == b"II" else ">"
    return "<" if block[2:4] == b"*\0" else ">"


def _searched(block: bytes) -> int:
    found = _ENTRY.search(block)
    return (found[1] or found[2])[0] if found else 1
