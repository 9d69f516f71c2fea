"""WebP: the RIFF chunks are parsed, limited, and reassembled without metadata."""

import struct

from ml.images import orientation, refusals
from ml.images.structure.source import Source, profile
from ml.sentences import sentence

MORE_THAN_CHUNKS = sentence("more than %(most)s chunks")

MAX_CHUNKS = 1000
ALPHA = 0x10


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    at, numbers, turn, icc = 12, 0, 1, b""
    parts: dict[bytes, bytes] = {}
    canvas: bytes | None = None
    while at + 8 <= len(data):
        name, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        body = data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
        numbers += 1
        if numbers > MAX_CHUNKS:
            raise refusals.too_complex(MORE_THAN_CHUNKS % {"most": f"{MAX_CHUNKS:,}"})
        if name in (b"ANIM", b"ANMF"):
            raise refusals.animated()
        if name == b"EXIF":
            turn = orientation.of_exif(body)
        elif name == b"ICCP":
            icc = profile(body)
        elif name == b"VP8X" and len(body) >= 10:
            canvas = body
        elif name in (b"ALPH", b"VP8 ", b"VP8L"):
            if len(body) < size:
                raise refusals.truncated()
            parts.setdefault(name, body)
    if b"VP8 " not in parts and b"VP8L" not in parts:
        raise refusals.truncated() if at > len(data) or not parts else refusals.unreadable()
    width, height = _size(parts)
    if canvas is not None:
        declared = [int.from_bytes(canvas[n : n + 3], "little") + 1 for n in (4, 7)]
        width, height = max(width, declared[0]), max(height, declared[1])
    made = b""
    if b"ALPH" in parts and b"VP8 " in parts and canvas is not None:
        made += _chunk(b"VP8X", bytes((ALPHA,)) + b"\0\0\0" + canvas[4:10])
        made += _chunk(b"ALPH", parts[b"ALPH"])
    name = b"VP8L" if b"VP8L" in parts else b"VP8 "
    made += _chunk(name, parts[name])
    return Source(
        "WEBP",
        width,
        height,
        b"RIFF" + struct.pack("<I", len(made) + 4) + b"WEBP" + made,
        turn,
        icc,
    )


def _size(parts: dict[bytes, bytes]) -> tuple[int, int]:
    if body := parts.get(b"VP8L"):
        if len(body) < 5 or body[0] != 0x2F:
            raise refusals.unreadable()
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    body = parts.get(b"VP8 ", b"")
    if len(body) < 10 or body[3:6] != b"\x9d\x01\x2a":
        raise refusals.unreadable()
    width, height = struct.unpack_from("<HH", body, 6)
    return width & 0x3FFF, height & 0x3FFF


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
