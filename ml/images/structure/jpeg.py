"""JPEG (ITU-T T.81): the segments are parsed, limited, and reassembled without metadata."""

import re
import struct

from ml.images import orientation, refusals
from ml.images.structure.source import Source, profile
from ml.sentences import sentence

MORE_THAN_SEGMENTS = sentence("more than %(most)s segments")
MORE_PADDING_THAN = sentence("more than %(most)s bytes between two segments")
MORE_THAN_SCANS = sentence("more than %(most)s scans")
SCANS_OF_PIXELS = sentence("%(number)s scans of %(width)s x %(height)s pixels")

MAX_SEGMENTS = 1000  # of any kind; a colour profile and XMP in many pieces make about 300
MAX_PADDING = 65_536  # consecutive bytes that belong to no segment
MAX_SCANS = 64  # a progressive photo has about ten
MAX_SCAN_PIXELS = 1_200_000_000  # pixels times scans: the work of a decoder
COEFFICIENT_BYTES = 160_000_000  # of a JPEG of several scans, which a decoder keeps in memory
TABLE_BYTES = 4096  # more than all tables of a baseline photo
MARKER = re.compile(rb"\xff[\x01-\xfe]")
SCAN_END = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
SCAN_END_OR_FILL = re.compile(rb"\xff[\x01-\xcf\xd8-\xff]")
FILL = re.compile(rb"\xff{2,}")

SOI, EOI, SOS, DHT, DQT, DRI, DAC = 0xD8, 0xD9, 0xDA, 0xC4, 0xDB, 0xDD, 0xCC
FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
BASELINE, PROGRESSIVE = (0xC0, 0xC1), (0xC2, 0xCA)
JFIF = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"


def read(data: bytes) -> Source:
    """Raises ImageRefused."""
    return _Reader(data).source()


class _Reader:
    def __init__(self, data: bytes):
        self.data = data
        self.kept: list[bytes] = []
        self.icc: dict[int, bytes] = {}
        self.turn: int | None = None
        self.jfif = False
        self.adobe: int | None = None
        self.frame: bytes | None = None
        self.frame_kind = 0
        self.scans = self.tables = 0
        self.complete = False
        self.sent: dict[tuple[int, int], int] = {}  # (component, coefficient): lowest bit received
        self.fine_before_last = False

    def source(self) -> Source:
        self._walk()
        if self.frame is None or not self.scans:
            raise refusals.unreadable() if self.complete else refusals.truncated()
        _precision, height, width, count = struct.unpack_from(">BHHB", self.frame)
        refusals.check_size("JPEG", width, height)
        self._bound(self.frame, width, height, count)
        icc = profile(b"".join(self.icc[number] for number in sorted(self.icc)))
        simple = self.frame_kind in BASELINE and self.frame[0] == 8 and self.scans == 1
        ordinary = simple and count in (1, 3) and not icc
        turn = self.turn or 1
        return Source(
            "JPEG",
            width,
            height,
            b"".join((b"\xff\xd8", self._application(), *self.kept, b"\xff\xd9")),
            turn,
            icc,
            ordinary=ordinary,
            lossless=ordinary and self.complete and turn == 1 and self.tables <= TABLE_BYTES,
            complete=self.complete or self.fine_before_last,
            progressive=self.frame_kind in PROGRESSIVE,
        )

    def _walk(self) -> None:
        data, at, segments = self.data, 2, 0
        if MARKER.search(data, at, at + MAX_PADDING) is None and len(data) < MAX_PADDING:
            raise refusals.unsupported()
        while found := MARKER.search(data, at, at + MAX_PADDING):
            code, at = found[0][1], found.end()
            segments += 1
            if segments > MAX_SEGMENTS:
                raise refusals.too_complex(MORE_THAN_SEGMENTS % {"most": f"{MAX_SEGMENTS:,}"})
            if code == EOI:
                self.complete = True
                return
            if code in (0x01, SOI) or 0xD0 <= code <= 0xD7:
                continue
            if at + 2 > len(data):
                return
            (size,) = struct.unpack_from(">H", data, at)
            payload = data[at + 2 : at + size]
            if size < 2:
                continue  # damaged: on to the next marker, as browsers do
            if len(payload) < size - 2:
                return
            at += size
            if code == SOS:
                at = self._scan(payload, at)
            else:
                self._segment(code, payload)
        if len(data) - at > MAX_PADDING:
            raise refusals.too_complex(MORE_PADDING_THAN % {"most": f"{MAX_PADDING:,}"})

    def _segment(self, code: int, payload: bytes) -> None:
        if code in FRAMES:
            if self.frame is not None or len(payload) < 6 or len(payload) != 6 + 3 * payload[5]:
                raise refusals.unreadable()
            self.frame, self.frame_kind = payload, code
        elif code in (DHT, DQT, DRI, DAC):
            self.tables += len(payload)
        elif code == 0xE0 and payload[:5] == b"JFIF\0":
            self.jfif = True
            return
        elif code == 0xE1 and payload[:5].lower() == b"exif\0" and self.turn is None:
            self.turn = orientation.of_exif(payload)
            return
        elif code == 0xE2 and payload[:12] == b"ICC_PROFILE\0" and len(payload) > 14:
            self.icc.setdefault(payload[12], payload[14:])
            return
        elif code == 0xEE and payload[:5] == b"Adobe" and len(payload) >= 12:
            self.adobe = payload[11]
            return
        else:
            return
        self._keep(code, payload)

    def _keep(self, code: int, payload: bytes) -> None:
        self.kept += [bytes((0xFF, code)), struct.pack(">H", len(payload) + 2), payload]

    def _scan(self, header: bytes, at: int) -> int:
        """Keep a scan and its entropy-coded data; the position of the next marker."""
        if self.frame is None or not header or len(header) != 4 + 2 * header[0]:
            raise refusals.unreadable()
        self.scans += 1
        if self.scans > MAX_SCANS:
            raise refusals.too_complex(MORE_THAN_SCANS % {"most": MAX_SCANS})
        first, last, bits = header[-3], header[-2], header[-1] & 0x0F
        if self.frame_kind in PROGRESSIVE:
            self.fine_before_last = self._is_fine(self.frame)
            for component in header[1:-3:2]:
                for coefficient in range(first, min(last, 63) + 1):
                    self.sent[component, coefficient] = bits
        found = SCAN_END_OR_FILL.search(self.data, at)
        filled = False
        if found is not None and found[0] == b"\xff\xff":
            filled = True
            found = SCAN_END.search(self.data, found.start())
        end = found.start() if found else len(self.data)
        coded = self.data[at:end]
        if filled:
            coded = FILL.sub(b"\xff", coded)
        self._keep(SOS, header)
        self.kept.append(coded.rstrip(b"\xff") if found is None else coded)
        return end

    def _bound(self, frame: bytes, width: int, height: int, count: int) -> None:
        """Refuse photos that take too much time or memory, and progressive photos whose finest
        details are missing."""
        if self.scans * width * height > MAX_SCAN_PIXELS and self.scans > 20:
            raise refusals.too_complex(
                SCANS_OF_PIXELS % {"number": self.scans, "width": width, "height": height}
            )
        factors = [frame[7 + 3 * n] for n in range(count)]
        if not factors or any(not 1 <= f >> 4 <= 4 or not 1 <= f & 15 <= 4 for f in factors):
            raise refusals.unreadable()
        if self.scans > 1 or self.frame_kind in PROGRESSIVE:
            most = max(f >> 4 for f in factors) * max(f & 15 for f in factors)
            share = sum((f >> 4) * (f & 15) for f in factors) / most
            if 2 * share * width * height > COEFFICIENT_BYTES:
                raise refusals.too_many_coefficients(width, height)
        if self.frame_kind in PROGRESSIVE and not self._is_fine(frame):
            raise refusals.truncated()

    def _is_fine(self, frame: bytes) -> bool:
        """Whether the scans so far contain every coefficient, except perhaps its last bit."""
        components = frame[6::3]
        return all(self.sent.get((c, n), 99) <= 1 for c in components for n in range(64))

    def _application(self) -> bytes:
        """The segments that say what the colour components mean."""
        made = JFIF if self.jfif else b""
        if self.adobe is not None:
            made += b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes((self.adobe,))
        return made
