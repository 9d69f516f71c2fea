"""Find the faces of a photo: which detectors run, in which order, and when the search stops.

For most photos one pass of BlazeFace, refined by MTCNN's last network, is enough. Where its result is
doubtful, the whole cascade runs; after that both run on the photo turned, at full size for smaller faces,
and with a border around it for faces that fill the frame.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ml.faces.blazeface import BlazeFace, Candidate
from ml.faces.cascade import Cascade
from ml.faces.detection import Detection, shares
from ml.faces.mipmap import GREY, Mipmap
from ml.faces.refinement import Refiner

SIDE = 640  # the smallest face of the cascade's first run is MIN_FACE in a photo of this long side
MIN_FACE = 40
FINE_MIN_FACE = 18  # smallest face in the photo's own pixels, if no other was found
SURE = 0.95  # with a lower detection score the photo may be lying on its side
LEANING = 50.0  # with a larger roll, in degrees, too
BORDER = 0.3  # share of the photo's sides: a face that fills the frame is found only with a border

# When the first pass is enough. For 1 % of LFW's photos BlazeFace's score is below 0.84, the refined
# score below 0.97, or the eyes of the two networks are further apart than 0.18 of the eyes' distance.
CONVINCING, CERTAIN, APART = 0.8, 0.9, 0.25
LYING = 0.5  # a candidate above this that the first pass rejects may be on its side or upside down
# Enough in a film, where the last network must agree and the next frame corrects: BlazeFace is less sure
# of heads that are turned by 30 degrees, and of their eyes.
GLANCED, GLANCED_APART = 0.5, 0.5
DOUBTFUL = 0.3  # lowest probability of a candidate
RIVAL = 0.7  # if a second candidate has this share of the largest one's side, the cascade must run
# The photo may be turned if a candidate in another direction has at least the probability LIKELY, and
# exceeds the upright one by BETTER.
LIKELY, BETTER = 0.7, 0.1
# Shares of the photo's longer side. BlazeFace finds 98 % of the faces of size REACH, and half of those of
# 0.1. A face below SMALL is not accepted at once: others, nearly as large, may be too small to be found.
REACH, SMALL = 0.16, 0.2
TIGHT = 0.6  # share of the frame: for a larger candidate the photo is searched with a border first
# The square for the last network around BlazeFace's box, which ends at the brow: larger, and moved up.
SQUARE, RAISED = 1.1, 0.1
SAME = 0.5  # two detections that share this much of the smaller box are one face
UPRIGHT = 15.0  # degrees of roll up to which faces need not be turned for the last network


@dataclass(frozen=True)
class Found:
    """The faces of a photo that was turned by `turns` quarters, in pixels of the turned `photo`.

    `smallest` is the side of the smallest face that the search could find, pixels.
    """

    detections: list[Detection]
    turns: int
    smallest: float
    photo: Mipmap

    def in_photo(self, points: np.ndarray, shape) -> np.ndarray:
        """Points (n, 2) in pixels of the photo of this shape (height, width, ...) before it was turned."""
        height, width = shape[:2]
        x, y = points[:, 0], points[:, 1]
        if self.turns == 1:
            return np.stack([width - 1 - y, x], axis=1)
        if self.turns == 2:
            return np.stack([width - 1 - x, height - 1 - y], axis=1)
        if self.turns == 3:
            return np.stack([y, height - 1 - x], axis=1)
        return points


class Search:
    """All detectors of a model. One instance serves one thread.

    Args:
        load: function from the name of a network ("blazeface", "pnet", "rnet", "onet") and an optional
            `input_shape` to a new `ml.serving.litert.Net`.
        blazeface: whether the model has this network; models of earlier versions have only the cascade.
    """

    def __init__(self, load, *, blazeface: bool = True):
        self._refiner = Refiner(load)
        self._cascade = Cascade(load, self._refiner, refine_again=blazeface)
        self._blazeface = BlazeFace(load("blazeface")) if blazeface else None

    def find(self, pixels: np.ndarray) -> Found:
        """The faces for a comparison; small faces beside large ones may be left out.

        Args:
            pixels: uint8 RGB (H, W, 3).
        """
        photo = Mipmap(pixels)
        frame, reach = max(pixels.shape[:2]), REACH * max(pixels.shape[:2])
        candidates = self._candidates(photo)
        if first := self._first_pass(photo, candidates):
            return Found(first, 0, reach, photo)
        tight = any(_side(row) > TIGHT * frame for row in candidates)
        if tight and (first := self._search_with_border(photo)):
            return Found(first, 0, reach, photo)
        lying = False
        if candidates and _side(candidates[0]) >= SMALL * frame and _lies(candidates[0]):
            # BlazeFace and the cascade may accept a face that is on its side or upside down.
            for turns, each in _turned(pixels):
                others = self._candidates(each)
                if first := self._first_pass(each, others):
                    return Found(first, turns, reach, each)
                likelier = max(LIKELY, candidates[0].score + BETTER)
                lying = lying or (bool(others) and others[0].score > likelier)
        upright = self._run_cascade(photo)
        if _convincing(upright) and not lying:
            return Found(upright, 0, _cascade_smallest(pixels), photo)
        return self._search_further(photo, upright)

    def _search_further(self, photo: Mipmap, upright: list[Detection]) -> Found:
        """The best of all directions; if none shows a face, smaller faces, and the photo with a border."""
        smallest = _cascade_smallest(photo.pixels)
        best = Found(upright, 0, smallest, photo)
        for turns, each in _turned(photo.pixels):
            found, known = self._run_cascade(each), best.detections
            if _convincing(found) and (not _convincing(known) or found[0].score > known[0].score):
                best = Found(found, turns, smallest, each)
        if best.detections:
            return best
        if first := self._search_with_border(photo):
            return Found(first, 0, smallest, photo)
        found = self._cascade.detect(photo, min_face=FINE_MIN_FACE)
        if not found:
            framed, shift = _framed(photo.pixels)
            found = _moved(self._run_cascade(framed), shift)
        return Found(found, 0, FINE_MIN_FACE, photo)

    def glance(self, photo: Mipmap, known: np.ndarray) -> list[Detection]:
        """The upright faces of one frame of a film: those of BlazeFace, and those that are still near
        where the frame before had them. Nothing is searched for a second time, so a frame without a
        face costs no more than one with a face.

        Args:
            known: boxes (n, 4) of the frame before, pixels of this one.
        """
        if self._blazeface is None:
            return self._run_cascade(photo)
        faces: list[Detection] = []
        for candidate in self._candidates(photo):
            if candidate.score >= GLANCED and abs(candidate.roll) < LEANING:
                _add(faces, self._exact(photo, candidate, apart=GLANCED_APART))
        for box in known:
            if not any(shares(box, row.box[None]) > SAME for row in faces):
                found = self._refiner.refine(photo, box[None])
                if found:
                    _add(faces, self._refiner.refine_again(photo, found[0]))
        return faces

    def find_more(
        self, photo: Mipmap, known: list[Detection], *, smallest: float
    ) -> list[Detection]:
        """Faces of an upright photo in addition to the `known` ones, most certain first.

        Args:
            smallest: side of the smallest face to look for, pixels.
        """
        boxes = np.array([row.box for row in known]).reshape(-1, 4)
        found = self._cascade.detect(photo, min_face=smallest)
        return [row for row in found if not np.any(shares(row.box, boxes) > SAME)]

    def _first_pass(self, photo: Mipmap, candidates: list[Candidate]) -> list[Detection]:
        """The faces, if BlazeFace and the last network agree about them and the largest one is clear."""
        if not candidates:
            return []
        largest = max(candidates, key=_side)
        if not _upright(largest) or _side(largest) < SMALL * max(photo.pixels.shape[:2]):
            return []
        faces: list[Detection] = []
        for candidate in (largest, *(row for row in candidates if row is not largest)):
            face = self._exact(photo, candidate)
            rival = _side(candidate) > RIVAL * _side(largest)
            if face is None and (not faces or (rival and candidate.score >= CONVINCING)):
                return []
            _add(faces, face)
        return faces

    def _exact(
        self, photo: Mipmap, candidate: Candidate, *, apart: float = APART
    ) -> Detection | None:
        """The refined face of a candidate, if the last network finds it in the same place."""
        lean = candidate.roll if abs(candidate.roll) > UPRIGHT else 0.0
        found = self._refiner.refine(photo, _square(candidate)[None], lean)
        if not found:
            return None
        face = self._refiner.refine_again(photo, found[0], lean)
        eyes = face.landmarks[:2]
        distance = np.linalg.norm(candidate.eyes - eyes, axis=1).mean()
        agree = distance <= apart * np.linalg.norm(eyes[1] - eyes[0])
        return face if agree and min(face.score, found[0].score) >= CERTAIN else None

    def _candidates(self, photo: Mipmap) -> list[Candidate]:
        if self._blazeface is None:
            return []
        return self._blazeface.detect(photo, least=DOUBTFUL)

    def _search_with_border(self, photo: Mipmap) -> list[Detection]:
        """The first pass over the photo with a border around it, in pixels of the photo."""
        framed, shift = _framed(photo.pixels)
        return _moved(self._first_pass(framed, self._candidates(framed)), shift)

    def _run_cascade(self, photo: Mipmap) -> list[Detection]:
        """The cascade, for faces from `MIN_FACE` in a photo of `SIDE` pixels."""
        return self._cascade.detect(photo, min_face=_cascade_smallest(photo.pixels))


def _add(faces: list[Detection], face: Detection | None) -> None:
    """Add a face, unless there is none or it is there already."""
    if face and not any(shares(face.box, row.box[None]) > SAME for row in faces):
        faces.append(face)


def _framed(pixels: np.ndarray) -> tuple[Mipmap, tuple[int, int]]:
    """The photo with a grey border, and the shift (x, y) from its pixels to the photo's."""
    wide, high = (round(BORDER * side) for side in pixels.shape[1::-1])
    framed = cv2.copyMakeBorder(pixels, high, high, wide, wide, cv2.BORDER_CONSTANT, value=GREY)
    return Mipmap(framed), (-wide, -high)


def _moved(faces: list[Detection], shift: tuple[int, int]) -> list[Detection]:
    return [face.moved(shift) for face in faces]


def _turned(pixels: np.ndarray) -> Iterator[tuple[int, Mipmap]]:
    """The photo turned by one, three and two quarters."""
    for quarters in (1, 3, 2):
        yield quarters, Mipmap(np.ascontiguousarray(np.rot90(pixels, quarters)))


def _cascade_smallest(pixels: np.ndarray) -> float:
    return MIN_FACE * max(1.0, max(pixels.shape[:2]) / SIDE)


def _side(candidate: Candidate) -> float:
    return float((candidate.box[2:] - candidate.box[:2]).max())


def _square(candidate: Candidate) -> np.ndarray:
    side = _side(candidate)
    middle = (candidate.box[:2] + candidate.box[2:]) / 2 - (0, RAISED * side)
    return np.concatenate([middle - SQUARE * side / 2, middle + SQUARE * side / 2])


def _lies(candidate: Candidate) -> bool:
    """Whether a candidate may be a face on its side or upside down."""
    return candidate.score > LYING and not _upright(candidate)


def _upright(candidate: Candidate) -> bool:
    return candidate.score >= CONVINCING and abs(candidate.roll) < LEANING


def _convincing(found: list[Detection]) -> bool:
    return bool(found) and found[0].score >= SURE and abs(found[0].roll) < LEANING
