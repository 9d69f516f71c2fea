"""PNG: the chunks are parsed, limited, and reassembled without metadata."""

import struct
import zlib

from ml.images import orientation, refusals
from ml.images.structure.source import Source, profile
from ml.sentences import sentence

MORE_THAN_CHUNKS = sentence("more than %(most)s chunks")

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_CHUNKS = 20_000  # 20 MB in chunks of 4 kB make 5,000
MAX_PROFILE = 4 * 1024 * 1024
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    at, kept, pixels = len(SIGNATURE), [], []
    head: bytes | None = None
    turn, icc, depth, complete, numbers = 1, b"", 0, False, 0
    while at + 8 <= len(data):
        (size,), name = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        body, whole = data[at + 8 : at + 8 + size], data[at : at + 12 + size]
        at += 12 + size
        numbers += 1
        if numbers > MAX_CHUNKS:
            raise refusals.too_complex(MORE_THAN_CHUNKS % {"most": f"{MAX_CHUNKS:,}"})
        if name == b"IHDR" and head is None:
            if size != 13 or len(whole) < 25:
                raise refusals.unreadable()
            head = body
            kept.append(whole)
        elif head is None:
            raise refusals.unreadable()
        elif name == b"IDAT":
            pixels.append(body)
        elif name in (b"PLTE", b"tRNS") and not pixels and size <= 768:
            kept.append(whole)
        elif name == b"eXIf":
            turn = orientation.of_exif(body)
        elif name == b"iCCP":
            icc = _profile(body)
        elif name == b"sBIT" and body:
            depth = max(body)
        elif name == b"acTL" and size >= 8 and struct.unpack_from(">I", body)[0] > 1:
            raise refusals.animated()
        elif name == b"IEND":
            complete = True
            break
    if head is None or not pixels:
        raise refusals.unreadable() if complete else refusals.truncated()
    width, height, bits, colour = struct.unpack_from(">IIBB", head)
    if colour not in CHANNELS:
        raise refusals.unreadable()
    made = SIGNATURE + b"".join(kept) + _chunk(b"IDAT", b"".join(pixels)) + _chunk(b"IEND", b"")
    return Source(
        "PNG",
        width,
        height,
        made,
        turn,
        icc if colour != 0 and colour != 4 else b"",
        depth=(depth if 8 <= depth <= 16 else 0) if bits == 16 else 0,
        complete=complete,
    )


def is_deep(data: bytes) -> bool:
    """Whether the picture has several channels of 16 bits."""
    return data[24] == 16 and data[25] != 0


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _profile(body: bytes) -> bytes:
    try:
        return profile(zlib.decompressobj().decompress(body[body.index(b"\0") + 2 :], MAX_PROFILE))
    except (ValueError, zlib.error):
        return b""
