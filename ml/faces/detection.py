"""The result of a face detector, and the geometry of boxes that all detectors share."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

LANDMARKS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


@dataclass(frozen=True)
class Detection:
    """One face. `box` is (left, top, right, bottom), `landmarks` (5, 2), both in pixels."""

    box: np.ndarray
    landmarks: np.ndarray
    score: float

    @property
    def side(self) -> float:
        """Geometric mean of the box's width and height, pixels."""
        return math.sqrt(self.area)

    @property
    def area(self) -> float:
        """Area of the box, square pixels."""
        left, top, right, bottom = self.box.tolist()
        return max(0.0, right - left) * max(0.0, bottom - top)

    @property
    def roll(self) -> float:
        """Clockwise angle of the line between the eyes, in degrees."""
        return roll(self.landmarks[0], self.landmarks[1])

    def moved(self, shift=(0.0, 0.0), scale: float = 1.0) -> "Detection":
        """The same face in pixels of another frame: scaled, then shifted by (x, y)."""
        shift = np.asarray(shift, np.float64)
        return Detection(
            self.box * scale + np.tile(shift, 2), self.landmarks * scale + shift, self.score
        )


def roll(left_eye: np.ndarray, right_eye: np.ndarray) -> float:
    """Clockwise angle of the line between two eyes, in degrees."""
    x, y = (right_eye - left_eye).tolist()
    return math.degrees(math.atan2(y, x))


def square(boxes: np.ndarray) -> np.ndarray:
    """Squares (n, 4) with the centres of boxes (n, 4) and their longer sides."""
    low, high = boxes[:, :2], boxes[:, 2:]
    centre = (low + high) / 2
    half = (high - low).max(axis=1, keepdims=True) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def suppress(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """Non-maximum suppression by intersection over union; indices, best score first."""
    sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    return np.asarray(
        cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), 0.0, overlap), dtype=int
    ).reshape(-1)


def suppress_nested(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """As `suppress`, but by intersection over the smaller box, which removes a face within a face."""
    keep: list[int] = []
    for i in np.argsort(-scores):
        if not np.any(shares(boxes[i], boxes[keep]) > overlap):
            keep.append(int(i))
    return keep


def shares(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Share of the smaller of two boxes that the other one covers, 0-1, for each of `boxes` (n, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = areas(np.maximum(0, high - low))
    smaller = np.minimum(np.prod(box[2:] - box[:2]), areas(boxes[:, 2:] - boxes[:, :2]))
    return shared / np.maximum(smaller, 1e-9)


def areas(sides: np.ndarray) -> np.ndarray:
    """(n, 2) -> (n,); several times as fast as np.prod."""
    return sides[:, 0] * sides[:, 1]
