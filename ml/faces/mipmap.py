"""A photo at half, a quarter and an eighth of its size, for cutting small crops of large faces."""

import math

import cv2
import numpy as np


class Mipmap:
    """A photo at its full and at halved sizes, which are made when they are first needed.

    Bilinear sampling uses 4 pixels, so a crop at less than half the photo's scale would alias.

    Args:
        pixels: uint8 RGB (H, W, 3).
    """

    def __init__(self, pixels: np.ndarray):
        self._levels = [pixels]

    @property
    def pixels(self) -> np.ndarray:
        return self._levels[0]

    def level(self, scale: float) -> tuple[np.ndarray, float]:
        """The smallest size that is at least `scale` times the photo's, as pixels, and its exact scale."""
        wanted = 0 if scale >= 0.5 else int(math.log2(1 / max(scale, 1e-6)))
        while len(self._levels) <= wanted and min(self._levels[-1].shape[:2]) >= 2:
            larger = self._levels[-1]
            height, width = (side // 2 for side in larger.shape[:2])
            # An odd side loses its last line: halving exactly is ten times as fast.
            even = larger[: height * 2, : width * 2]
            self._levels.append(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
        number = min(wanted, len(self._levels) - 1)
        return self._levels[number], 0.5**number

    def resized(self, width: int, height: int) -> np.ndarray:
        """The photo at another size, uint8 (height, width, 3)."""
        high, wide = self.pixels.shape[:2]
        x, y = wide / width, high / height
        linear, offset = (x, 0.0, 0.0, y), (x / 2 - 0.5, y / 2 - 0.5)
        return self._warped(linear, offset, (width, height), cv2.BORDER_REPLICATE)

    def crops(self, boxes: np.ndarray, size: int, roll: float = 0.0) -> np.ndarray:
        """Cut square boxes out for a network.

        Args:
            boxes: (n, 4); the outer pixels of a crop lie on their edges.
            size: side of a crop.
            roll: clockwise angle by which the boxes are turned about their centres, degrees.

        Returns:
            float32 (n, size, size, 3), scaled to -1 to 1; 0 outside the photo.
        """
        crops = np.empty((len(boxes), size, size, 3), np.uint8)
        (cos, _), (sin, _) = rotation(roll).tolist()
        half = (size - 1) / 2
        for number, (left, top, right, bottom) in enumerate(boxes.tolist()):
            x, y = (right - left) / (size - 1), (bottom - top) / (size - 1)
            linear = a, b, c, d = cos * x, -sin * y, sin * x, cos * y
            offset = (left + right) / 2 - (a + b) * half, (top + bottom) / 2 - (c + d) * half
            crops[number] = self._warped(linear, offset, (size, size), cv2.BORDER_CONSTANT)
        return normalized(crops)

    def _warped(
        self,
        linear: tuple[float, float, float, float],
        offset: tuple[float, float],
        size: tuple[int, int],
        border: int,
    ) -> np.ndarray:
        """Pixels of `size` (width, height); (x, y) is taken from the photo's point
        (a x + b y, c x + d y) + offset, `linear` being (a, b, c, d)."""
        a, b, c, d = linear
        level, scale = self.level(1 / max(math.sqrt(max(a * a + c * c, b * b + d * d)), 1e-6))
        # From pixel centres of the photo to those of the level.
        x, y = ((each + 0.5) * scale - 0.5 for each in offset)
        matrix = np.array([[a * scale, b * scale, x], [c * scale, d * scale, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(level, matrix, size, flags=flags, borderMode=border, borderValue=GREY)


GREY = (127, 127, 127)  # colour outside the photo


def rotation(degrees: float) -> np.ndarray:
    """The matrix (2, 2) that turns points clockwise, y pointing down."""
    angle = np.radians(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def normalized(pixels: np.ndarray) -> np.ndarray:
    """Pixels scaled for the networks: float32, (x - 127.5) / 128."""
    scaled = pixels.astype(np.float32)
    scaled -= 127.5
    scaled *= 1 / 128
    return scaled
