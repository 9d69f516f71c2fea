"""A photo on which shapes are drawn in the coordinates of its face."""

from dataclasses import dataclass

import cv2
import numpy as np

# Ellipses in the face's coordinates: u, v and half axes.
FEATURES = {
    "left_eye": (-0.5, 0.0, 0.2, 0.1),
    "right_eye": (0.5, 0.0, 0.2, 0.1),
    "nose": (0.0, 0.55, 0.2, 0.22),
    "mouth": (0.0, 1.0, 0.4, 0.12),
}


@dataclass(frozen=True)
class CoveredPhoto:
    """A photo, uint8 RGB (H, W, 3), and how much of each pixel is hidden, float32 (H, W), 0-1."""

    pixels: np.ndarray
    hidden: np.ndarray


class Canvas:
    """A photo on which shapes are drawn.

    Args:
        pixels: uint8 RGB (H, W, 3).
        landmarks: float (5, 2): eyes, nose and mouth corners, in pixels.
    """

    def __init__(self, pixels: np.ndarray, landmarks: np.ndarray):
        landmarks = np.asarray(landmarks, np.float64)
        self.origin = landmarks[:2].mean(axis=0)
        self.across = landmarks[1] - landmarks[0]
        self.down = landmarks[3:].mean(axis=0) - self.origin
        self.unit = float(np.linalg.norm(self.across))
        self.pixels = pixels.astype(np.float32)
        self.hidden = np.zeros(pixels.shape[:2], np.float32)

    def place(self, points) -> np.ndarray:
        """From points (n, 2) in the face's coordinates to pixels."""
        points = np.asarray(points, np.float64)
        return self.origin + points[:, :1] * self.across + points[:, 1:] * self.down

    def area(self, points) -> np.ndarray:
        """The polygon `points` as a soft mask, float32 (H, W)."""
        return self._soft([np.round(self.place(points) * 16).astype(np.int32)])

    def stroke(self, points, width: float) -> np.ndarray:
        """The open line `points`, `width` in eye distances, as a soft mask."""
        area = np.zeros(self.hidden.shape, np.uint8)
        line = [np.round(self.place(points) * 16).astype(np.int32)]
        cv2.polylines(area, line, False, 255, max(1, round(width * self.unit)), cv2.LINE_AA, 4)
        return area.astype(np.float32) / 255

    def lay(self, area: np.ndarray, fill, opacity=1.0) -> None:
        """Cover `area` with a colour (3,) or a picture (H, W, 3)."""
        alpha = area * opacity
        fill = np.asarray(fill, np.float32)
        self.pixels += alpha[..., None] * (fill - self.pixels)
        self.hidden = np.maximum(self.hidden, alpha)

    def dim(self, area: np.ndarray, light: float) -> None:
        """Leave only a share of the light in `area`, as a shadow does, which hides nothing."""
        self.pixels *= 1 - area[..., None] * (1 - light)

    def coordinates(self) -> tuple[np.ndarray, np.ndarray]:
        """u and v of every pixel, each float32 (H, W)."""
        inverse = np.linalg.inv(np.stack([self.across, self.down], axis=1))
        rows, columns = np.indices(self.hidden.shape, np.float32)
        x, y = columns - self.origin[0], rows - self.origin[1]
        return (
            (inverse[0, 0] * x + inverse[0, 1] * y).astype(np.float32),
            (inverse[1, 0] * x + inverse[1, 1] * y).astype(np.float32),
        )

    def lit(self, fill, strength: float) -> np.ndarray:
        """A fill under the light of the photo: brighter where the photo is brighter, (H, W, 3)."""
        luma = cv2.GaussianBlur(self.pixels.mean(axis=2), (0, 0), max(1.0, 0.3 * self.unit))
        light = luma / max(float(np.median(luma)), 1.0)
        light = (1 + strength * (light - 1)).clip(0.3, 1.6)
        return np.asarray(fill, np.float32) * light[..., None]

    def done(self) -> CoveredPhoto:
        return CoveredPhoto(self.pixels.round().clip(0, 255).astype(np.uint8), self.hidden)

    def _soft(self, polygons) -> np.ndarray:
        area = np.zeros(self.hidden.shape, np.uint8)
        cv2.fillPoly(area, polygons, 255, cv2.LINE_AA, 4)
        return area.astype(np.float32) / 255


def shares(photo: CoveredPhoto, landmarks: np.ndarray) -> np.ndarray:
    """The hidden share of each of `FEATURES`, 0-1, (4,); parts outside the photo count as hidden."""
    canvas = Canvas(photo.pixels, landmarks)
    height, width = photo.hidden.shape
    found = []
    for u, v, a, b in FEATURES.values():
        grid = np.stack(np.meshgrid(np.linspace(-1, 1, 9), np.linspace(-1, 1, 9)), -1).reshape(
            -1, 2
        )
        points = canvas.place(grid[(grid**2).sum(axis=1) <= 1] * (a, b) + (u, v))
        columns, rows = np.round(points).astype(int).T
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        hidden = photo.hidden[rows.clip(0, height - 1), columns.clip(0, width - 1)]
        found.append(np.where(inside, hidden, 1.0).mean())
    return np.array(found, np.float32)


def ellipse(u, v, a, b, power=2.0, turn=0.0):
    """A closed curve around (u, v): an ellipse for power 2, closer to a rectangle for higher powers."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    x = a * np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power)
    y = b * np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power)
    return np.stack(
        [u + x * np.cos(turn) - y * np.sin(turn), v + x * np.sin(turn) + y * np.cos(turn)], axis=1
    )


def dark_colour(rng):
    return rng.uniform(0, 55) + rng.uniform(0, 35, 3)


def any_colour(rng):
    return rng.uniform(0, 255, 3)
