"""The result of a face detector, and the geometry of boxes that all detectors share."""

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
        return float(np.sqrt(self.area))

    @property
    def area(self) -> float:
        """Area of the box, square pixels."""
        return float(np.prod(np.maximum(0.0, self.box[2:] - self.box[:2])))

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
    across = right_eye - left_eye
    return float(np.degrees(np.arctan2(across[1], across[0])))


def square(boxes: np.ndarray) -> np.ndarray:
    """Squares (n, 4) with the centres of boxes (n, 4) and their longer sides."""
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centre - half, centre + half])


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
    shared = np.prod(np.maximum(0, high - low), axis=1)
    smaller = np.minimum(np.prod(box[2:] - box[:2]), np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
    return shared / np.maximum(smaller, 1e-9)
