"""A photo's file after parsing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """The input of a decoder.

    Attributes:
        kind: the format, as Pillow names it.
        width, height: in pixels, before the orientation is applied.
        data: the file without everything that decoding does not need.
        orientation: EXIF orientation, 1 to 8.
        icc: the colour profile; empty for none and for sRGB.
        depth: bits per channel, if the file says so and it matters; 0 otherwise.
        ordinary: whether decoding takes time and memory in proportion to the pixels, so that it needs
            no separate process.
        lossless: whether `data` can be stored as it is.
        complete: whether the end of the file was found, or nothing visible can be missing.
        progressive: whether it is a JPEG that stores a coarse picture first and details in later
            scans.
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
    """The colour profile, or nothing if it is sRGB or invalid."""
    start = icc[:8192]
    known = b"sRGB" in start or "sRGB".encode("utf-16-be") in start
    return b"" if known or len(icc) < 132 or icc[36:40] != b"acsp" else icc
