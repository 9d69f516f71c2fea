"""The MTCNN cascade on LiteRT networks: finds faces of any size anywhere in a photo.

After Zhang et al. (2016): a proposal network runs over an image pyramid, then two networks refine each
candidate. Thresholds are those of the paper; the pyramid starts at the smallest face to look for.
"""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from ml.faces.detection import Detection, square, suppress, suppress_nested
from ml.faces.mipmap import Mipmap, normalized
from ml.faces.refinement import Refiner

PYRAMID_STEP = 0.709  # each level has half the area of the one before
CELL, STRIDE = 12, 2  # window and step of the proposal network, pixels
PROPOSE, REFINE = 0.6, 0.7  # lowest face probability that passes the first two stages
MOST_CANDIDATES = 600  # a page of newsprint has thousands; the best are enough
# The proposal network runs on tiles of few shapes: prepared for a shape it takes 210 bytes per pixel.
TILE, TILE_STEP = 256, 32  # longest side of a tile; its sides are multiples of the step
TILE_PIXELS = 130_000  # of all shapes that stay prepared; a photo of 640 x 480 takes 80,000
RNET_SIZE = 24


class Cascade:
    """All three networks. One instance serves one thread.

    Args:
        load: function from the name of a network ("pnet", "rnet") and an optional `input_shape` to a
            new `ml.serving.litert.Net`.
        refiner: the last network.
        refine_again: whether the last network sees each face a second time, which makes landmarks
            more exact. Models of earlier versions were calibrated without that.
    """

    def __init__(self, load, refiner: Refiner, *, refine_again: bool = True):
        self._proposals = _Proposals(load)
        self._rnet = load("rnet")
        self._refiner = refiner
        self._refine_again = refine_again

    def detect(self, photo: Mipmap, *, min_face: float) -> list[Detection]:
        """Find faces, most certain first.

        Args:
            photo: upright.
            min_face: side of the smallest face to look for, pixels.
        """
        boxes = self._propose(photo, min_face)
        if not len(boxes):
            return []
        boxes = square(boxes)
        offsets, scores = self._rnet(photo.crops(boxes, RNET_SIZE))
        certain = np.flatnonzero(scores[:, 1] > REFINE)
        if not len(certain):
            return []
        boxes, size = boxes[certain], boxes[certain, 2:] - boxes[certain, :2] + 1
        boxes = boxes + offsets[certain] * np.hstack([size, size])
        boxes = boxes[suppress(boxes, scores[certain, 1], 0.7)]
        found = self._refiner.refine(photo, boxes)
        if not found:
            return []
        kept = suppress_nested(
            np.array([row.box for row in found]), np.array([row.score for row in found]), 0.7
        )
        faces = [found[i] for i in kept]
        if not self._refine_again:
            return faces
        return [self._refiner.refine_again(photo, face) for face in faces]

    def _propose(self, photo: Mipmap, min_face: float) -> np.ndarray:
        height, width = photo.pixels.shape[:2]
        scale = CELL / min_face
        boxes: list[np.ndarray] = []
        scores: list[np.ndarray] = []
        while min(height, width) * scale >= CELL:
            size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
            level = photo.resized(*size)
            found, certain = self._proposals(level)
            if len(found):
                keep = suppress(found, certain, 0.5)
                boxes.append(found[keep] / scale)
                scores.append(certain[keep])
            scale *= PYRAMID_STEP
        if not boxes:
            return np.empty((0, 4), np.float32)
        every = np.concatenate(boxes)
        return every[suppress(every, np.concatenate(scores), 0.7)[:MOST_CANDIDATES]]


class _Proposals:
    """The proposal network over one level of the pyramid.

    Preparing it for a shape takes longer than running it, and each shape takes memory. Therefore a level
    is cut into tiles whose sides are multiples of `TILE_STEP`, and beyond `TILE_PIXELS` the least recently
    used shapes are dropped: memory does not grow with the variety of photos.
    """

    def __init__(self, load):
        self._load = load
        self._ready: OrderedDict[tuple[int, ...], Callable] = OrderedDict()

    def __call__(self, level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Windows (n, 4) of uint8 pixels (H, W, 3) that may contain a face, and their probabilities (n,)."""
        boxes, scores = [np.empty((0, 4), np.float32)], [np.empty(0, np.float32)]
        # The windows of one tile end where those of the next begin: each window is seen exactly once.
        stride = TILE - CELL + STRIDE
        for top in range(0, max(1, level.shape[0] - CELL + 1), stride):
            for left in range(0, max(1, level.shape[1] - CELL + 1), stride):
                found, certain = self._run(level[top : top + TILE, left : left + TILE])
                boxes.append(found + np.tile(np.array([left, top], np.float32), 2))
                scores.append(certain)
        return np.concatenate(boxes), np.concatenate(scores)

    def _run(self, tile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        height, width = tile.shape[:2]
        shape = tuple(TILE_STEP * -(-side // TILE_STEP) for side in (height, width))
        padded = np.zeros((1, *shape, 3), np.float32)
        padded[0, :height, :width] = normalized(tile)
        offsets, probability = self._net(shape)(padded)
        # Windows that reach into the padding do not belong to the photo.
        inside = probability[0, : (height - CELL) // 2 + 1, : (width - CELL) // 2 + 1, 1]
        rows, columns = np.nonzero(inside > PROPOSE)
        corners = np.stack([columns, rows], axis=1) * STRIDE
        found = np.hstack([corners + 1, corners + CELL]).astype(np.float32)
        return found + offsets[0, rows, columns] * (CELL - 1), inside[rows, columns]

    def _net(self, shape: tuple[int, ...]) -> Callable:
        net = self._ready.pop(shape, None) or self._load("pnet", input_shape=(1, *shape, 3))
        self._ready[shape] = net
        while sum(h * w for h, w in self._ready) > TILE_PIXELS and len(self._ready) > 1:
            self._ready.popitem(last=False)
        return net
