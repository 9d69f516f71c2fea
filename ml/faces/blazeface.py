"""BlazeFace, short range: finds faces that are large in the frame, in one pass over 128x128 pixels.

After Bazarevsky et al. (2019). The network is Google MediaPipe's. Its anchors are the centres of the
cells of two grids; its outputs are in pixels of its input, relative to their anchors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from ml.decision.logistic import logit, sigmoid
from ml.faces.detection import areas, roll
from ml.faces.mipmap import Mipmap

SIZE = 128
GRIDS = ((16, 2), (8, 6))  # cells per side and anchors per cell, in the order of the outputs
CANDIDATE = 0.5  # lowest probability of a face, as in MediaPipe
OVERLAP = 0.3  # intersection over union from which two candidates are one face


@dataclass(frozen=True)
class Candidate:
    """A face found roughly: `box` (left, top, right, bottom) and `eyes` (2, 2), the viewer's left one first."""

    box: np.ndarray
    eyes: np.ndarray
    score: float

    @property
    def roll(self) -> float:
        """Clockwise angle of the line between the eyes, in degrees."""
        return roll(*self.eyes)


class BlazeFace:
    """The network. One instance serves one thread.

    Args:
        net: takes (1, 128, 128, 3) with values -1 to 1; gives values (1, 896, 16) and logits (1, 896, 1).
    """

    def __init__(self, net):
        self._net = net
        self._anchors = _anchors()

    def detect(self, photo: Mipmap, *, least: float = CANDIDATE) -> list[Candidate]:
        """Find faces, most certain first, in pixels of the photo.

        Args:
            least: lowest probability of a candidate.
        """
        height, width = photo.pixels.shape[:2]
        # Padded, not stretched: a stretched face is found less often.
        scale = SIZE / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        left, top = (SIZE - size[0]) // 2, (SIZE - size[1]) // 2
        frame = np.zeros((SIZE, SIZE, 3), np.uint8)
        frame[top : top + size[1], left : left + size[0]] = photo.resized(*size)
        pixels = frame.astype(np.float32)
        pixels *= 1 / 127.5
        pixels -= 1
        values, logits = self._net(pixels[None])
        certain = np.flatnonzero(logits[0, :, 0] > _least_logit(least))
        if not len(certain):
            return []
        scores = sigmoid(logits[0, certain, 0])
        values, anchors = values[0, certain].astype(np.float64), self._anchors[certain]
        middles, sides = values[:, :2] + anchors, values[:, 2:4]
        eyes = values[:, 4:6] + anchors, values[:, 6:8] + anchors
        rows = np.concatenate([middles - sides / 2, middles + sides / 2, *eyes], axis=1)
        to_photo = np.array([width / size[0], height / size[1]])
        return [
            Candidate(box=points[:2].ravel(), eyes=points[2:], score=score)
            for points, score in (
                ((row.reshape(4, 2) - (left, top)) * to_photo, score)
                for row, score in _blend(rows, scores)
            )
        ]


def _blend(rows: np.ndarray, scores: np.ndarray) -> Iterator[tuple[np.ndarray, float]]:
    """Merge overlapping candidates: their mean, weighted by score, with the best score.

    This is more stable than keeping the best candidate, whose position jumps from cell to cell.
    """
    left = np.argsort(-scores)
    while len(left):
        best = left[0]
        same = _overlaps(rows[best, :4], rows[left, :4]) > OVERLAP
        same[0] = True
        group = left[same]
        weights = scores[group]
        mean = (rows[group] * weights[:, None]).sum(axis=0) / weights.sum()
        yield mean, float(scores[best])
        left = left[~same]


def _overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a box with each of `boxes` (n, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = areas(np.maximum(0, high - low))
    own = areas(np.maximum(0, boxes[:, 2:] - boxes[:, :2]))
    union = np.prod(np.maximum(0, box[2:] - box[:2])) + own - shared
    return shared / np.maximum(union, 1e-9)


@cache
def _least_logit(least: float) -> float:
    return float(logit(least))


def _anchors() -> np.ndarray:
    """Centres of the cells (896, 2), in pixels of the input."""
    grids = []
    for cells, each in GRIDS:
        centres = (np.arange(cells) + 0.5) * (SIZE / cells)
        x, y = np.meshgrid(centres, centres)
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(grids)
