"""HEIC and AVIF (ISO base media): the boxes are parsed and limited, and metadata is hidden.

The decoder turns the picture as `irot` and `imir` in the file say. EXIF orientation does not count in
these formats (ISO/IEC 23008-12).
"""

import struct

from ml.images import refusals
from ml.images.structure.source import Source, profile
from ml.sentences import sentence

MORE_THAN_BOXES = sentence("more than %(most)s boxes")

MAX_BOXES = 20_000  # a photo of 48 megapixels in tiles has about 400
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1"}
SEQUENCES = {b"avis", b"hevc", b"hevx", b"msf1"}
# Bytes before the first child; those of iinf depend on its version.
CONTAINERS = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6}


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    return _Reader(data).source()


class _Reader:
    def __init__(self, data: bytes):
        self.data = bytearray(data)
        self.boxes = 0
        self.sizes: list[tuple[int, int]] = []
        self.icc = b""
        self.brands: set[bytes] = set()

    def source(self) -> Source:
        self._walk(0, len(self.data), 0)
        if not self.sizes:
            raise refusals.unreadable()
        kind = "AVIF" if self.brands & AVIF_BRANDS else "HEIC"
        width, height = max(self.sizes, key=lambda size: size[0] * size[1])
        return Source(kind, width, height, bytes(self.data), icc=self.icc)

    def _walk(self, at: int, end: int, depth: int) -> None:
        while at + 8 <= end:
            self.boxes += 1
            if self.boxes > MAX_BOXES:
                raise refusals.too_complex(MORE_THAN_BOXES % {"most": f"{MAX_BOXES:,}"})
            (size,), name = (
                struct.unpack_from(">I", self.data, at),
                bytes(self.data[at + 4 : at + 8]),
            )
            body = at + 8
            if size == 1:
                if at + 16 > end:
                    raise refusals.truncated()
                (size,) = struct.unpack_from(">Q", self.data, at + 8)
                body = at + 16
            size = size or end - at
            if size < body - at:
                raise refusals.unreadable()
            stop = at + size
            if stop > end and name != b"mdat" and depth == 0 and self.sizes:
                break  # garbage after the picture
            if stop > end:
                raise refusals.truncated()
            self._box(name, body, stop, depth)
            at = stop

    def _box(self, name: bytes, body: int, stop: int, depth: int) -> None:
        data = self.data
        if name == b"ftyp" and depth == 0:
            brands = bytes(data[body : min(stop, body + 256)])
            self.brands = {brands[:4]} | {brands[n : n + 4] for n in range(8, len(brands), 4)}
            if not self.brands & (AVIF_BRANDS | HEIC_BRANDS):
                raise refusals.unsupported()  # a film, for example
        elif name == b"ispe" and stop - body >= 12:
            self.sizes.append(struct.unpack_from(">II", data, body + 4))
        elif name == b"infe" and stop - body >= 12:
            self._hide(body, stop)
        elif name == b"colr" and bytes(data[body : body + 4]) in (b"prof", b"rICC"):
            self.icc = self.icc or profile(bytes(data[body + 4 : stop]))
        elif name in CONTAINERS and depth < 4:
            skip = CONTAINERS[name]
            if name == b"iinf" and data[body : body + 1] != b"\0":
                skip = 8
            self._walk(body + skip, stop, depth + 1)

    def _hide(self, body: int, stop: int) -> None:
        """Give an item of metadata a type that decoders ignore."""
        at = body + (10 if self.data[body] >= 3 else 8)
        if at + 4 <= stop and bytes(self.data[at : at + 4]) in (b"Exif", b"mime"):
            self.data[at : at + 4] = b"none"
