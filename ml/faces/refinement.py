"""MTCNN's last net: from a rough box to the exact one, five landmarks and how surely it is a face."""

import numpy as np

from ml.faces.detection import Detection, square
from ml.faces.mipmap import Mipmap, rotation

SIZE = 48
FACE = 0.8  # lowest probability of a face, the paper's
MIRRORED = [1, 0, 2, 4, 3]  # the landmarks of a mirror image, in the order of the photo's


class Refiner:
    """The net over squares of a photo. One instance serves one thread.

    Args:
        load: function from the net's name ("onet") and an optional `input_shape` to a fresh
            `ml.serving.litert.Net`, which takes crops (n, 48, 48, 3) and gives box offsets (n, 4),
            landmarks (n, 10) and probabilities (n, 2).
    """

    def __init__(self, load):
        # One and two crops are what a single face takes: these are never made ready again.
        self._ready = {n: load("onet", input_shape=(n, SIZE, SIZE, 3)) for n in (1, 2)}
        self._any = load("onet")

    def _net(self, crops: np.ndarray):
        return self._ready.get(len(crops), self._any)(crops)

    def refine(self, photo: Mipmap, boxes: np.ndarray, roll: float = 0.0) -> list[Detection]:
        """The faces in the squares around rough boxes (n, 4); boxes without one are left out.

        Args:
            roll: degrees by which the faces lean clockwise: they are shown to the net upright.
        """
        boxes = square(np.asarray(boxes, np.float64))
        offsets, points, scores = self._net(photo.crops(boxes, SIZE, roll))
        return [
            _detection(boxes[i], offsets[i], points[i].reshape(2, 5).T, scores[i, 1], roll)
            for i in np.flatnonzero(scores[:, 1] > FACE)
        ]

    def again(self, photo: Mipmap, found: Detection, roll: float = 0.0) -> Detection:
        """The same face, looked at once more in its own box and in the mirror.

        The landmarks are the mean of both looks. Where the net no longer sees a face, it stays as
        it was.
        """
        (box,) = square(found.box[None].astype(np.float64))
        (crop,) = photo.crops(box[None], SIZE, roll)
        offsets, points, scores = self._net(np.stack([crop, crop[:, ::-1]]))
        if scores[0, 1] <= FACE:
            return found
        points = points.reshape(2, 2, 5).transpose(0, 2, 1)
        mirrored = np.column_stack([1 - points[1, MIRRORED, 0], points[1, MIRRORED, 1]])
        return _detection(box, offsets[0], (points[0] + mirrored) / 2, scores[0, 1], roll)


def _detection(box, offsets, points, score, roll: float) -> Detection:
    size = box[2:] - box[:2] + 1
    landmarks = points * size + box[:2] - 1
    refined = box + offsets * np.tile(size, 2)
    if roll:
        turn, centre = rotation(roll), (box[:2] + box[2:]) / 2
        landmarks = (landmarks - centre) @ turn.T + centre
        middle = turn @ ((refined[:2] + refined[2:]) / 2 - centre) + centre
        half = (refined[2:] - refined[:2]) / 2
        refined = np.concatenate([middle - half, middle + half])
    return Detection(refined, landmarks, float(score))
