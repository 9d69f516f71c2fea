"""From a photo to a face ready for embedding: decode, find, choose, check, align."""

import copy
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from ml import images
from ml.errors import ImageRefused
from ml.faces import alignment, conditions, coverage, quality
from ml.faces.alignment import ChipSpec
from ml.faces.choice import choose
from ml.faces.detection import LANDMARKS, Detection
from ml.faces.mipmap import Mipmap
from ml.faces.search import REACH, Found, Search

WORK_SIDE = 1000  # long side at which photos are searched; 12 megapixels then decode at 1/4
FULL_SIDE = 4000  # long side at which small faces are searched for and cut out
SMALL_CHIP = 100  # a face narrower than this, in pixels, is cut out at FULL_SIDE
FRAME_SIDE = 640  # long side at which the frames of a film are searched
FRAME_SMALLEST = (
    40.0  # smallest face of a thorough search in such a frame, pixels of the full-size frame
)
# Smallest face of a search for all faces, in pixels, and as a share of a large photo's side.
SMALLEST, SMALLEST_SHARE = 18, 0.01


@dataclass(frozen=True)
class Face:
    """A face in a photo.

    Attributes:
        index: its number, from 0 for the largest.
        box, landmarks: (left, top, right, bottom) and (5, 2), in upright full-size pixels.
        outside: share of the box beyond the photo's edge, see `quality.share_outside`.
        complete: whether all landmarks lie in the photo.
        shows_an_eye: see `quality.shows_an_eye`.
        conditions: what makes a verdict on it weaker, see `ml.faces.conditions`.
        chips: the aligned face, uint8 RGB (s, s, 3), one for each `ChipSpec` of the finder. A face that
            was not chosen has only the first chip, and is not checked for coverings.
    """

    index: int
    box: np.ndarray
    landmarks: np.ndarray
    score: float
    quality: quality.Quality
    outside: float
    complete: bool
    shows_an_eye: bool
    conditions: tuple[str, ...]
    chips: tuple[np.ndarray, ...]

    @property
    def chip(self) -> np.ndarray:
        """The first chip, on which quality is measured and which is shown to users."""
        return self.chips[0]

    @property
    def problem(self) -> tuple[str, str, str] | None:
        """The first reason to refuse the face: (code, detail, remedy), or None."""
        return quality.problem(self.quality) or quality.cut_off(self.outside, self.complete)

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
            "outside": round(self.outside, 4),
            "conditions": list(self.conditions),
            "quality": self.quality.to_dict(),
        }


@dataclass(frozen=True)
class Faces:
    """The faces of a photo in the order of their numbers, and the upright photo's size in pixels.

    `turned` is the clockwise angle by which the photo had to be turned, in degrees. Faces narrower than
    `searched_down_to` pixels may have been missed.
    """

    faces: list[Face]
    width: int
    height: int
    turned: int
    searched_down_to: int

    def choose(self, face_index: int | None = None) -> "Acquisition":
        """Choose a face, see `ml.faces.choice.choose`. Raises ImageRefused."""
        try:
            index = choose(self.faces, (self.width, self.height), face_index)
        except ImageRefused as refusal:
            refusal.faces = [face.to_dict() for face in self.faces]
            raise
        return Acquisition(**vars(self), face=self.faces[index])


@dataclass(frozen=True)
class Acquisition(Faces):
    """The faces of a photo and the one that was chosen."""

    face: Face

    def to_dict(self) -> dict:
        others = [face.to_dict() for face in self.faces if face.index != self.face.index]
        return self.face.to_dict() | {
            "count": len(self.faces),
            "searched_down_to": self.searched_down_to,
            "turned": self.turned,
            "image": {"width": self.width, "height": self.height},
            "others": others,
        }


@dataclass
class Timings:
    """Milliseconds per step, summed over the photos of one comparison."""

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
        search: the detectors.
        chips: how each tower wants its faces aligned.
    """

    def __init__(self, search: Search, chips: Sequence[ChipSpec]):
        self._search = search
        self._chips = tuple(chips)

    def cutting(self, chips: Sequence[ChipSpec]) -> "FaceFinder":
        """A finder with the same detectors that aligns faces for other towers."""
        other = copy.copy(self)
        other._chips = tuple(chips)
        return other

    def find(self, data: bytes, timings: Timings | None = None) -> Faces:
        """Every face in a photo, including small ones beside large ones, each with all its chips.

        Their numbers are those of `acquire`, followed by the faces that `acquire` does not search for.

        Raises:
            ImageRefused: the file is not a usable photo.
        """
        timings = timings or Timings()
        view = self._search_photo(data, timings)
        with timings.step("decode"):
            full, ratio = view.full()
        with timings.step("detect"):
            smallest = max(SMALLEST, SMALLEST_SHARE * max(full.pixels.shape[:2]))
            known = [row.moved(scale=ratio) for row in view.detections]
            more = self._search.find_more(full, known, smallest=smallest)
            view.detections += view.in_order([row.moved(scale=1 / ratio) for row in more])
        with timings.step("align"):
            faces = [self._face(view, index) for index in range(len(view.detections))]
        return view.faces(faces, min(view.smallest, smallest * view.photo.scale / ratio))

    def acquire(
        self, data: bytes, *, face_index: int | None = None, timings: Timings | None = None
    ) -> Acquisition:
        """Find the face to compare.

        Args:
            face_index: number of the face in a group photo, from an earlier result.

        Raises:
            ImageRefused: there is no face, no clear choice, or the face is not usable.
        """
        timings = timings or Timings()
        view = self._search_photo(data, timings)
        if face_index is not None and face_index >= len(view.detections):
            acquired = self.find(data, timings).choose(face_index)
        else:
            with timings.step("align"):
                acquired = self._chosen(view, face_index)
        if problem := acquired.face.problem:
            raise ImageRefused(*problem, faces=[row.to_dict() for row in acquired.faces])
        return acquired

    def glance(self, data: bytes, known: np.ndarray, *, thorough: bool = False) -> Faces:
        """The upright faces in one frame of a film, the largest first, each with all its chips.

        Args:
            known: boxes (n, 4) of the faces in the frame before, as shares of its width and height.
            thorough: also search for small faces, which takes several times as long.

        Raises:
            ImageRefused: the file is not a usable photo.
        """
        photo = images.load(data, max_side=FRAME_SIDE)
        pixels, smallest = Mipmap(photo.pixels), REACH * max(photo.pixels.shape[:2])
        sides = np.tile(photo.pixels.shape[1::-1], 2)
        detections = self._search.glance(pixels, known * sides)
        if thorough:
            smallest = FRAME_SMALLEST / photo.scale
            detections += self._search.find_more(pixels, detections, smallest=smallest)
        view = _View(data, photo, Found(detections, 0, smallest, pixels))
        faces = [self._face(view, index) for index in range(len(view.detections))]
        return view.faces(faces, view.smallest)

    def _search_photo(self, data: bytes, timings: Timings) -> "_View":
        with timings.step("decode"):
            photo = images.load(data, max_side=WORK_SIDE)
        with timings.step("detect"):
            return _View(data, photo, self._search.find(photo.pixels))

    def _chosen(self, view: "_View", face_index: int | None) -> Acquisition:
        """As `Faces.choose`, but all chips are cut only for the chosen face."""
        try:
            index = choose(view.detections, view.frame, face_index)
        except ImageRefused as refusal:
            rows = range(len(view.detections))
            refusal.faces = [self._face(view, row, others=True).to_dict() for row in rows]
            raise
        faces = [self._face(view, row, others=row != index) for row in range(len(view.detections))]
        return Acquisition(**vars(view.faces(faces, view.smallest)), face=faces[index])

    def _face(self, view: "_View", index: int, *, others: bool = False) -> Face:
        """Measure and align one face; for `others` than the chosen one only what reports need."""
        found = view.detections[index]
        small = found.side < SMALL_CHIP and view.photo.scale > 1.2 and not others
        pixels, scale = view.full() if small else (view.found.photo, 1.0)
        chips = tuple(
            _cut(pixels, found.landmarks * scale, spec)
            for spec in (self._chips[:1] if others else self._chips)
        )
        measured = quality.measure(chips[0], found.landmarks, found.side * view.photo.scale)
        outside = quality.share_outside(found.box, view.frame)
        covered = None
        if not others:
            seen = (
                chips[0]
                if self._chips[0] == coverage.CHIP
                else _cut(pixels, found.landmarks * scale, coverage.CHIP)
            )
            covered = coverage.measure(seen)
        box, landmarks = view.in_photo(found)
        return Face(
            index=index,
            box=box,
            landmarks=landmarks,
            score=found.score,
            quality=measured,
            outside=outside,
            complete=quality.inside(found.landmarks, view.frame),
            shows_an_eye=quality.shows_an_eye(found.box, found.landmarks, view.frame),
            conditions=conditions.of_face(covered, measured, outside),
            chips=chips,
        )


def _cut(pixels, landmarks: np.ndarray, spec: ChipSpec) -> np.ndarray:
    return alignment.align(
        pixels, landmarks, template=spec.template, size=spec.size, zoom=spec.zoom
    )


class _View:
    """A photo during a search: its pixels, and its faces in pixels of the turned photo."""

    def __init__(self, data: bytes, photo: images.Photo, found: Found):
        self._data, self.photo, self.found = data, photo, found
        self._full: tuple[Mipmap, float] | None = None
        height, width = photo.pixels.shape[:2]
        self.frame = (height, width) if found.turns % 2 else (width, height)
        self.detections = self.in_order(found.detections)

    @property
    def smallest(self) -> float:
        """Side of the smallest face that the search could find, in full-size pixels."""
        return self.found.smallest * self.photo.scale

    def in_order(self, detections: list[Detection]) -> list[Detection]:
        return sorted(detections, key=lambda row: -row.area)

    def full(self) -> tuple[Mipmap, float]:
        """The turned photo at `FULL_SIDE`, and its scale relative to `found.photo`."""
        if self._full is None and self.photo.scale == 1:
            self._full = self.found.photo, 1.0
        elif self._full is None:
            full = images.load(self._data, max_side=FULL_SIDE)
            turned = np.ascontiguousarray(np.rot90(full.pixels, self.found.turns))
            self._full = Mipmap(turned), self.photo.scale / full.scale
        return self._full

    def in_photo(self, found: Detection) -> tuple[np.ndarray, np.ndarray]:
        """Box and landmarks in full-size pixels of the photo before it was turned."""
        shape, scale = self.photo.pixels.shape, self.photo.scale
        corners = self.found.in_photo(found.box.reshape(2, 2), shape)
        box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        return box * scale, self.found.in_photo(found.landmarks, shape) * scale

    def faces(self, faces: list[Face], smallest: float) -> Faces:
        turned = (-90 * self.found.turns) % 360
        return Faces(faces, self.photo.width, self.photo.height, turned, round(smallest))
