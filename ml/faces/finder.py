"""From photo bytes to one face ready for embedding: decode, detect, choose, check, align."""

import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

from ml import images
from ml.errors import ImageRefused
from ml.faces import alignment, quality
from ml.faces.alignment import ChipSpec
from ml.faces.detection import LANDMARKS, Detection, Detector

WORK_SIDE = 1000  # long side of the pixels that faces are cut from; 12 megapixels decode at 1/4
DETECT_SIDE = 640  # long side of the pixels that faces are first looked for in
MIN_FACE, FINE_MIN_FACE = 40, 18  # smallest face looked for, pixels: first, and when none was found
SURE = 0.95  # detection score below which the photo may be lying on its side
LEANING = 50.0  # degrees of roll beyond which it may be, too
# Of two faces the weaker one must have less than this share of the stronger one's prominence for
# the choice to be clear. LFW, whose photos are framed on one person, stays below it.
CLEAR_CHOICE = 0.8
CENTRE_WEIGHT = 6.0  # how fast prominence falls with the distance from the middle of the frame
SMALL_CHIP = 100  # a face narrower than this is cut again from the full-size photo, if there is one


@dataclass(frozen=True)
class Face:
    """A face in a photo; box (left, top, right, bottom) and landmarks (5, 2) in upright full-size pixels.

    `chips` are the aligned face, uint8 RGB (s, s, 3), once for each `ChipSpec` of the finder.
    """

    index: int
    box: np.ndarray
    landmarks: np.ndarray
    score: float
    quality: quality.Quality
    chips: tuple[np.ndarray, ...]

    @property
    def chip(self) -> np.ndarray:
        """The first chip: what quality is measured on, and what people are shown."""
        return self.chips[0]

    def to_dict(self) -> dict:
        left, top, right, bottom = (round(float(value), 1) for value in self.box)
        return {
            "index": self.index,
            "bounding_box": {
                "left": left,
                "top": top,
                "width": round(right - left, 1),
                "height": round(bottom - top, 1),
            },
            "landmarks": {
                name: [round(float(x), 1), round(float(y), 1)]
                for name, (x, y) in zip(LANDMARKS, self.landmarks, strict=True)
            },
            "detection_score": round(self.score, 4),
            "quality": self.quality.to_dict(),
        }


@dataclass(frozen=True)
class Acquisition:
    """All faces of a photo, the most prominent first, and the one that was chosen."""

    faces: list[Face]
    face: Face
    width: int
    height: int
    turned: int

    def to_dict(self) -> dict:
        others = [face.to_dict() for face in self.faces if face.index != self.face.index]
        return self.face.to_dict() | {
            "count": len(self.faces),
            "turned": self.turned,
            "image": {"width": self.width, "height": self.height},
            "others": others,
        }


@dataclass
class Timings:
    """Milliseconds by step, summed over the photos of one comparison."""

    steps: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    @contextmanager
    def step(self, name: str):
        start = time.perf_counter()
        try:
            yield
        finally:
            self.steps[name] = self.steps.get(name, 0.0) + (time.perf_counter() - start) * 1e3

    def to_dict(self) -> dict:
        total = (time.perf_counter() - self.started) * 1e3
        return {name: round(value, 2) for name, value in (self.steps | {"total": total}).items()}


class FaceFinder:
    """Finds, measures and aligns faces for the towers of one model.

    Args:
        detector: the face detector.
        chips: how each tower wants its faces aligned.
    """

    def __init__(self, detector: Detector, chips: Sequence[ChipSpec]):
        self._detector = detector
        self._chips = tuple(chips)

    def find(
        self, data: bytes, timings: Timings | None = None
    ) -> tuple[list[Face], images.Photo, int]:
        """Every face in a photo, the most prominent first.

        Returns:
            faces, the decoded photo, and by how many degrees clockwise it had to be turned.

        Raises:
            ImageRefused: the file is not a usable photo.
        """
        timings = timings or Timings()
        with timings.step("decode"):
            photo = images.load(data, max_side=WORK_SIDE)
        with timings.step("detect"):
            detections, turns = self._search(photo.pixels)
        pixels = np.ascontiguousarray(np.rot90(photo.pixels, turns))
        detections.sort(key=lambda found: -_prominence(found, pixels.shape))
        faces = []
        with timings.step("align"):
            for index, found in enumerate(detections):
                cut_from, landmarks = pixels, found.landmarks
                if index == 0 and found.side < SMALL_CHIP and photo.scale > 1.2:
                    cut_from = np.ascontiguousarray(np.rot90(images.decode(data), turns))
                    landmarks = landmarks * photo.scale
                chips = self._align(cut_from, landmarks)
                measured = quality.measure(chips[0], found.landmarks, found.side * photo.scale)
                corners = _turn_back(found.box.reshape(2, 2), turns, photo.pixels.shape)
                box = np.concatenate([corners.min(axis=0), corners.max(axis=0)]) * photo.scale
                points = _turn_back(found.landmarks, turns, photo.pixels.shape) * photo.scale
                faces.append(Face(index, box, points, found.score, measured, chips))
        return faces, photo, (-90 * turns) % 360

    def acquire(self, data: bytes, *, face_index: int | None = None, timings=None) -> Acquisition:
        """The face to compare.

        Args:
            face_index: which face of a group photo, as numbered by an earlier answer.

        Raises:
            ImageRefused: no face, no clear choice between several, or a face that is not usable.
        """
        faces, photo, turned = self.find(data, timings)
        face = choose(faces, (photo.width, photo.height), face_index)
        if found := quality.problem(face.quality):
            raise ImageRefused(*found, faces=[row.to_dict() for row in faces])
        return Acquisition(faces, face, photo.width, photo.height, turned)

    def _search(self, pixels: np.ndarray) -> tuple[list[Detection], int]:
        """Look upright, then in the other three directions, then for small faces."""
        upright = self._detect(pixels, DETECT_SIDE, MIN_FACE)
        if _convincing(upright):
            return upright, 0
        best, turns = upright, 0
        for k in (1, 3, 2):
            found = self._detect(np.ascontiguousarray(np.rot90(pixels, k)), DETECT_SIDE, MIN_FACE)
            if _convincing(found) and (not _convincing(best) or found[0].score > best[0].score):
                best, turns = found, k
        if best:
            return best, turns
        return self._detect(pixels, WORK_SIDE, FINE_MIN_FACE), 0

    def _detect(self, pixels: np.ndarray, side: int, min_face: int) -> list[Detection]:
        scale = side / max(pixels.shape[:2])
        if scale >= 1:
            return self._detector.detect(pixels, min_face=min_face)
        small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        found = self._detector.detect(small, min_face=min_face)
        return [Detection(row.box / scale, row.landmarks / scale, row.score) for row in found]

    def _align(self, pixels, landmarks) -> tuple[np.ndarray, ...]:
        return tuple(
            alignment.align(
                pixels, landmarks, template=spec.template, size=spec.size, zoom=spec.zoom
            )
            for spec in self._chips
        )


def choose(faces: list[Face], frame: tuple[int, int], face_index: int | None) -> Face:
    """The face meant: the one asked for, else the most prominent if that is clear.

    Raises:
        ImageRefused: there is none, it is not clear, or the index names none.
    """
    rows = [face.to_dict() for face in faces]
    if not faces:
        raise ImageRefused(
            "no_face_found",
            "No face was found in the photo.",
            "Use a photo that shows one face from the front, in good light and not too small.",
        )
    if face_index is not None:
        if not 0 <= face_index < len(faces):
            raise ImageRefused(
                "face_index_invalid",
                f"There is no face number {face_index}; the photo has {len(faces)}, counted from 0.",
                "Choose one of the faces listed.",
                faces=rows,
            )
        return faces[face_index]
    if len(faces) > 1:
        first, second = (_prominence(face, (frame[1], frame[0])) for face in faces[:2])
        if second >= CLEAR_CHOICE * first and faces[1].score >= SURE:
            raise ImageRefused(
                "several_faces",
                f"The photo shows {len(faces)} faces and it is not clear which one is meant.",
                "Choose one of the faces, or use a photo of one person.",
                faces=rows,
            )
    return faces[0]


def _prominence(face, shape) -> float:
    """Area of the face, falling off from the middle of the frame. `shape` is (height, width, ...)."""
    box, size = face.box, np.array([shape[1], shape[0]])
    middle = ((box[:2] + box[2:]) / 2 - size / 2) / size
    return float(np.prod(box[2:] - box[:2]) * np.exp(-CENTRE_WEIGHT * (middle @ middle)))


def _convincing(found: list[Detection]) -> bool:
    if not found or found[0].score < SURE:
        return False
    eyes = found[0].landmarks[1] - found[0].landmarks[0]
    return abs(np.degrees(np.arctan2(eyes[1], eyes[0]))) < LEANING


def _turn_back(points: np.ndarray, turns: int, shape) -> np.ndarray:
    """Points (n, 2) in `np.rot90(pixels, turns)`, in the pixels of the array it was made from."""
    height, width = shape[:2]
    x, y = points[:, 0], points[:, 1]
    if turns == 1:
        return np.stack([width - 1 - y, x], axis=1)
    if turns == 2:
        return np.stack([width - 1 - x, height - 1 - y], axis=1)
    if turns == 3:
        return np.stack([y, height - 1 - x], axis=1)
    return points
