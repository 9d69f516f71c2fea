"""TIFF and BigTIFF: a new directory is written with only the tags needed to decode the first page.

Offsets in a TIFF count from the beginning of the file, so the new directory can be appended at its end.
Nothing refers to further pages, EXIF and private tags any more.
"""

import struct

from ml.images import orientation, refusals
from ml.images.structure.source import Source, profile
from ml.sentences import sentence

MORE_THAN_STRIPS = sentence("more than %(most)s strips")
MORE_THAN_PAGES = sentence("more than %(most)s pages")

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MAX_PAGES = 200
MAX_ENTRIES = 4096
MAX_STRIPS = 500_000
WIDTH, HEIGHT, ORIENTATION, ICC, MAX_SAMPLE = 256, 257, 274, 34675, 281
STRIPS = (273, 279, 324, 325)
NEEDED = {
    254, WIDTH, HEIGHT, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323,
    324, 325, 332, 338, 339, 347, 512, 513, 514, 515, 517, 518, 519, 520, 521, 529, 530, 531, 532,
}  # fmt: skip
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    return _Reader(data).source()


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.order = "<" if data[:2] == b"II" else ">"
        self.big = 0x2B in data[2:4]
        self.offset, self.count, self.entry = ("Q", "Q", 20) if self.big else ("I", "H", 12)
        self.field = 8 if self.big else 4  # bytes of an entry's value, or of its offset

    def source(self) -> Source:
        try:
            entries = self._pages()
        except struct.error:
            raise refusals.unreadable() from None
        width, height = self._number(entries, WIDTH), self._number(entries, HEIGHT)
        if not width or not height:
            raise refusals.unreadable()
        for tag in STRIPS:
            if tag in entries and self._values(entries[tag]) > MAX_STRIPS:
                raise refusals.too_complex(MORE_THAN_STRIPS % {"most": f"{MAX_STRIPS:,}"})
        turn = 1
        if ORIENTATION in entries:
            turn = orientation.of_entry(entries[ORIENTATION], self.order)
        top = self._number(entries, MAX_SAMPLE) or 0
        return Source(
            "TIFF",
            width,
            height,
            self._rebuilt(entries),
            turn,
            self._icc(entries),
            depth=top.bit_length() if 255 < top < 65536 else 0,
        )

    def _pages(self) -> dict[int, bytes]:
        """The first directory. The others are read too, which shows that the file is complete."""
        at = self._unpack(self.offset, 8 if self.big else 4)
        seen: set[int] = set()
        entries: dict[int, bytes] = {}
        while at:
            if at in seen:
                raise refusals.unreadable()
            if len(seen) >= MAX_PAGES:
                raise refusals.too_complex(MORE_THAN_PAGES % {"most": MAX_PAGES})
            number = self._unpack(self.count, at)
            start = at + (8 if self.big else 2)
            if not 0 < number <= MAX_ENTRIES:
                raise refusals.unreadable()
            if not seen:
                for n in range(number):
                    entry = self.data[start + n * self.entry : start + (n + 1) * self.entry]
                    entries.setdefault(struct.unpack_from(self.order + "H", entry)[0], entry)
            seen.add(at)
            at = self._unpack(self.offset, start + number * self.entry)
        return entries

    def _rebuilt(self, entries: dict[int, bytes]) -> bytes:
        kept = [entries[tag] for tag in sorted(NEEDED & entries.keys())]
        data = self.data + b"\0" * (len(self.data) % 2)
        where = 8 if self.big else 4
        head = data[:where] + struct.pack(self.order + self.offset, len(data))
        directory = struct.pack(self.order + self.count, len(kept)) + b"".join(kept)
        end = struct.pack(self.order + self.offset, 0)
        return head + data[len(head) :] + directory + end

    def _unpack(self, layout: str, at: int) -> int:
        return struct.unpack_from(self.order + layout, self.data, at)[0]

    def _values(self, entry: bytes) -> int:
        return struct.unpack_from(self.order + ("Q" if self.big else "I"), entry, 4)[0]

    def _number(self, entries: dict[int, bytes], tag: int) -> int | None:
        """The first value of a tag of whole numbers, if it is stored in the entry itself."""
        entry = entries.get(tag)
        if entry is None:
            return None
        layout = {1: "B", 3: "H", 4: "I", 16: "Q"}.get(
            struct.unpack_from(self.order + "H", entry, 2)[0]
        )
        if layout is None or (layout == "Q" and not self.big):
            return None
        return struct.unpack_from(self.order + layout, entry, len(entry) - self.field)[0]

    def _icc(self, entries: dict[int, bytes]) -> bytes:
        entry = entries.get(ICC)
        if entry is None:
            return b""
        at = struct.unpack_from(self.order + self.offset, entry, len(entry) - self.field)[0]
        return profile(self.data[at : at + min(self._values(entry), 4 * 1024 * 1024)])
