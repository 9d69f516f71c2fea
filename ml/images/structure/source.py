"""A photo's file once its structure is known."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """What a decoder is given.

    Attributes:
        kind: the format, as Pillow names it.
        width, height: in pixels, as they lie in the file.
        data: the file without what is not needed to see the picture.
        orientation: how the pixels have to be turned, as EXIF counts, 1 to 8.
        icc: the colour profile; empty for none and for sRGB.
        depth: bits a channel, where the file tells and it matters; 0 otherwise.
        ordinary: decoding takes time and memory in proportion to the pixels, so that it needs no
            process of its own.
        lossless: `data` is fit to be kept as it is.
        complete: the file's own end was found, or nothing that shows can be missing.
        progressive: a JPEG whose picture comes whole and coarse first, and finer with each scan.
    """

    kind: str
    width: int
    height: int
    data: bytes
    orientation: int = 1
    icc: bytes = b""
    depth: int = 0
    ordinary: bool = False
    lossless: bool = False
    complete: bool = True
    progressive: bool = False


def profile(icc: bytes) -> bytes:
    """The colour profile, if it is another than sRGB."""
    start = icc[:8192]
    known = b"sRGB" in start or "sRGB".encode("utf-16-be") in start
    return b"" if known or len(icc) < 132 or icc[36:40] != b"acsp" else icc
