"""What one frame of a film shows, at a cost that allows for looking at every frame."""

from dataclasses import dataclass

import numpy as np

from ml import images
from ml.errors import ImageRefused
from ml.faces.finder import Face, FaceFinder
from ml.live import depth

MAX_SIDE = 1920  # pixels of a frame's long side
JPEG = b"\xff\xd8"


@dataclass(frozen=True)
class Seen:
    """A face in a frame, and the frame's width and height in pixels."""

    face: Face
    width: int
    height: int

    @property
    def box(self) -> np.ndarray:
        """(left, top, right, bottom) as shares of the frame's sides; may reach beyond 0 and 1."""
        return self.face.box / (self.width, self.height, self.width, self.height)

    @property
    def landmarks(self) -> np.ndarray:
        """(5, 2), as shares of the frame's sides."""
        return self.face.landmarks / (self.width, self.height)

    @property
    def side(self) -> float:
        """Height of the face's box as a share of the frame's shorter side."""
        left, top, right, bottom = self.face.box
        return float(np.sqrt((right - left) * (bottom - top)) / min(self.width, self.height))

    @property
    def length(self) -> float:
        """The way from the eyes to the mouth as a share of the frame's width: a size that turning the
        head to the side does not change."""
        return depth.height(self.face.landmarks) / self.width

    @property
    def area(self) -> float:
        """Area of the box as a share of the frame's."""
        left, top, right, bottom = self.box
        return float((right - left) * (bottom - top))

    @property
    def report(self) -> dict:
        """JSON-ready, as a photo of one face is reported."""
        frame = {"width": self.width, "height": self.height}
        return self.face.to_dict() | {
            "count": 1,
            "turned": 0,
            "searched_down_to": 0,
            "image": frame,
            "others": [],
        }


def look(
    finder: FaceFinder, jpeg: bytes, known: np.ndarray, *, thorough: bool = False
) -> list[Seen]:
    """The faces in one frame, the largest first.

    Args:
        known: boxes (k, 4) in the frame before, as in `Seen.box`.
        thorough: also search for small faces.

    Raises:
        ImageRefused: it is no JPEG that a camera's frame could be.
    """
    if not jpeg.startswith(JPEG):
        raise _unreadable("is not a JPEG")
    source = images.inspect(jpeg)
    if not source.ordinary:
        raise _unreadable("is a JPEG of an unusual kind")
    if max(source.width, source.height) > MAX_SIDE:
        raise _unreadable(f"is larger than {MAX_SIDE} pixels")
    found = finder.glance(jpeg, known, thorough=thorough)
    return [Seen(face, found.width, found.height) for face in found.faces]


def _unreadable(what: str) -> ImageRefused:
    return ImageRefused(
        "frame_unreadable",
        f"The frame {what}.",
        f"Send frames as ordinary JPEGs of at most {MAX_SIDE} pixels.",
    )
