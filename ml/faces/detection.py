"""Find faces and their 5 landmarks: the MTCNN cascade over LiteRT networks.

After Zhang et al. (2016): a proposal net over an image pyramid, then two nets that refine each
candidate. Thresholds are the paper's; the pyramid starts at the smallest face asked for.
"""

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

PYRAMID_STEP = 0.709  # each level has half the area of the one before
CELL, STRIDE = 12, 2  # the proposal net's window and step, pixels
PROPOSE, REFINE, OUTPUT = 0.6, 0.7, 0.8  # lowest face probability that passes each stage
MOST_CANDIDATES = 600  # a page of newsprint gives thousands; the best are enough
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
        return float(
            np.sqrt(max(0.0, self.box[2] - self.box[0]) * max(0.0, self.box[3] - self.box[1]))
        )


class Detector:
    """The cascade. One instance serves one thread.

    Args:
        load: function from a net's name ("pnet", "rnet", "onet") to a fresh `ml.serving.verifier.Net`.
    """

    def __init__(self, load):
        self._load = load
        self._pnets: OrderedDict[tuple, object] = OrderedDict()
        self._rnet = load("rnet")
        self._onet = load("onet")

    def detect(self, pixels: np.ndarray, *, min_face: float = 40) -> list[Detection]:
        """Find faces, most certain first.

        Args:
            pixels: uint8 RGB (H, W, 3), upright.
            min_face: side of the smallest face to look for, pixels.
        """
        image = (pixels.astype(np.float32) - 127.5) / 128.0
        boxes = self._propose(image, min_face)
        if not len(boxes):
            return []
        offsets, scores = self._rnet(self._crops(image, _square(boxes), 24))
        boxes, scores, _ = _refine(_square(boxes), offsets, scores[:, 1], REFINE)
        if not len(boxes):
            return []
        boxes = _square(boxes[_suppress(boxes, scores, 0.7)])
        offsets, points, scores = self._onet(self._crops(image, boxes, 48))
        size = boxes[:, 2:] - boxes[:, :2] + 1
        landmarks = (
            points.reshape(-1, 2, 5).transpose(0, 2, 1) * size[:, None] + boxes[:, None, :2] - 1
        )
        boxes, scores, kept = _refine(boxes, offsets, scores[:, 1], OUTPUT)
        landmarks = landmarks[kept]
        order = _suppress_nested(boxes, scores, 0.7)
        return [Detection(boxes[i], landmarks[i], float(scores[i])) for i in order]

    def _propose(self, image: np.ndarray, min_face: float) -> np.ndarray:
        height, width = image.shape[:2]
        scale = CELL / min_face
        boxes, scores = [], []
        while min(height, width) * scale >= CELL:
            # Never upscale past what the pyramid asks for; area averaging keeps fine detail honest.
            size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
            level = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
            offsets, probability = self._pnet(level.shape)(level[None])
            rows, columns = np.nonzero(probability[0, :, :, 1] > PROPOSE)
            if len(rows):
                corners = np.stack([columns, rows], axis=1) * STRIDE
                found = np.hstack([corners + 1, corners + CELL]).astype(np.float32)
                found += offsets[0, rows, columns] * (CELL - 1)
                certain = probability[0, rows, columns, 1]
                keep = _suppress(found, certain, 0.5)
                boxes.append(found[keep] / scale)
                scores.append(certain[keep])
            scale *= PYRAMID_STEP
        if not boxes:
            return np.empty((0, 4), np.float32)
        boxes, scores = np.concatenate(boxes), np.concatenate(scores)
        return boxes[_suppress(boxes, scores, 0.7)[:MOST_CANDIDATES]]

    def _pnet(self, shape):
        """A proposal net made ready for one image size: making it ready costs more than a run."""
        net = self._pnets.pop(shape, None) or self._load("pnet", input_shape=(1, *shape))
        self._pnets[shape] = net
        if len(self._pnets) > 64:
            self._pnets.popitem(last=False)
        return net

    @staticmethod
    def _crops(image: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
        """Cut each box and scale it to (size, size); black outside the photo. (n, size, size, 3)"""
        crops = np.empty((len(boxes), size, size, 3), np.float32)
        for crop, (left, top, right, bottom) in zip(crops, boxes, strict=True):
            # Maps chip pixel centres onto the box, the first and last onto its edges.
            sx, sy = (right - left) / (size - 1), (bottom - top) / (size - 1)
            matrix = np.array([[sx, 0, left], [0, sy, top]], np.float32)
            cv2.warpAffine(
                image, matrix, (size, size), dst=crop, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            )
        return crops


def _square(boxes: np.ndarray) -> np.ndarray:
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    return np.hstack([centre - half, centre + half])


def _refine(boxes, offsets, scores, threshold: float):
    """Shift boxes by the net's offsets and keep those above the threshold (and their indices)."""
    kept = np.flatnonzero(scores > threshold)
    boxes = boxes[kept]
    size = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + offsets[kept] * np.hstack([size, size]), scores[kept], kept


def _suppress(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """Non-maximum suppression by intersection over union; indices, best score first."""
    sizes = np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    return np.asarray(
        cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), 0.0, overlap), dtype=int
    ).reshape(-1)


def _suppress_nested(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> list[int]:
    """As `_suppress`, by intersection over the smaller box: a face within a face goes."""
    keep: list[int] = []
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    for i in np.argsort(-scores):
        low = np.maximum(boxes[i, :2], boxes[keep, :2])
        high = np.minimum(boxes[i, 2:], boxes[keep, 2:])
        shared = np.prod(np.maximum(0, high - low), axis=1)
        if not np.any(shared > overlap * np.minimum(area[i], area[keep])):
            keep.append(int(i))
    return keep
