"""MTCNN's last network: from a rough box to an exact one, five landmarks and the probability of a face."""

import numpy as np

from ml.faces.detection import Detection, square
from ml.faces.mipmap import Mipmap, rotation

SIZE = 48
FACE = 0.8  # lowest probability of a face, as in the paper
MIRRORED = [1, 0, 2, 4, 3]  # order of the landmarks in a mirror image


class Refiner:
    """Refines the faces in squares of a photo. One instance serves one thread.

    Args:
        load: function from the network's name ("onet") and an optional `input_shape` to a new
            `ml.serving.litert.Net`, which takes crops (n, 48, 48, 3) and gives box offsets (n, 4),
            landmarks (n, 10) and probabilities (n, 2).
    """

    def __init__(self, load):
        # A single face takes one and two crops, so the network stays prepared for these.
        self._ready = {n: load("onet", input_shape=(n, SIZE, SIZE, 3)) for n in (1, 2)}
        self._any = load("onet")

    def _net(self, crops: np.ndarray):
        return self._ready.get(len(crops), self._any)(crops)

    def refine(self, photo: Mipmap, boxes: np.ndarray, roll: float = 0.0) -> list[Detection]:
        """The faces in the squares around rough boxes (n, 4); boxes without a face are left out.

        Args:
            roll: clockwise angle of the faces, degrees; the network sees them upright.
        """
        boxes = square(np.asarray(boxes, np.float64))
        offsets, points, scores = self._net(photo.crops(boxes, SIZE, roll))
        return [
            _detection(boxes[i], offsets[i], points[i].reshape(2, 5).T, scores[i, 1], roll)
            for i in np.flatnonzero(scores[:, 1] > FACE)
        ]

    def refine_again(self, photo: Mipmap, found: Detection, roll: float = 0.0) -> Detection:
        """Refine a face once more, from its exact box and from that box's mirror image.

        The landmarks are the mean of the two results. If the network no longer sees a face, the face
        is returned unchanged.
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
    refined = box + offsets * np.concatenate([size, size])
    if roll:
        turn, centre = rotation(roll), (box[:2] + box[2:]) / 2
        landmarks = (landmarks - centre) @ turn.T + centre
        middle = turn @ ((refined[:2] + refined[2:]) / 2 - centre) + centre
        half = (refined[2:] - refined[:2]) / 2
        refined = np.concatenate([middle - half, middle + half])
    return Detection(refined, landmarks, float(score))
