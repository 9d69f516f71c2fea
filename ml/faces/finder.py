"""From photo bytes to one face ready for embedding: decode, find, choose, check, align."""

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
from ml.faces.search import Found, Search

WORK_SIDE = 1000  # long side of the pixels that faces are cut from; 12 megapixels decode at 1/4
FULL_SIDE = 4000  # of those that small faces are looked for in, and cut from
SMALL_CHIP = 100  # a face narrower than this is cut from those, if the photo has more of them
# When all faces are asked for: the smallest looked for, pixels, and its share of a large photo's side.
SMALLEST, SMALLEST_SHARE = 18, 0.01


@dataclass(frozen=True)
class Face:
    """A face in a photo; box (left, top, right, bottom) and landmarks (5, 2) in upright full-size pixels.

    `outside` is the share of its box beyond the photo's edge, see `quality.share_outside`; `complete` says
    whether all landmarks lie in the photo. `conditions` are what makes a verdict on it weaker, see
    `ml.faces.conditions`. `chips` are the aligned face, uint8 RGB (s, s, 3), one for each `ChipSpec` of
    the finder. Of a face that was not chosen it is not asked whether it is covered, and there is the
    first chip alone.
    """

    index: int
    box: np.ndarray
    landmarks: np.ndarray
    score: float
    quality: quality.Quality
    outside: float
    complete: bool
    conditions: tuple[str, ...]
    chips: tuple[np.ndarray, ...]

    @property
    def chip(self) -> np.ndarray:
        """The first chip: what quality is measured on, and what people are shown."""
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
    """The faces of a photo, as they are numbered, and the upright photo's size in pixels.

    `turned` says by how many degrees clockwise the photo had to be turned. Faces narrower than
    `searched_down_to` pixels were not looked for.
    """

    faces: list[Face]
    width: int
    height: int
    turned: int
    searched_down_to: int

    def choose(self, face_index: int | None = None) -> "Acquisition":
        """The face meant, see `ml.faces.choice.choose`. Raises ImageRefused."""
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
        search: what looks for them.
        chips: how each tower wants its faces aligned.
    """

    def __init__(self, search: Search, chips: Sequence[ChipSpec]):
        self._search = search
        self._chips = tuple(chips)

    def cutting(self, chips: Sequence[ChipSpec]) -> "FaceFinder":
        """The same search, with the faces cut out for other towers."""
        other = copy.copy(self)
        other._chips = tuple(chips)
        return other

    def find(self, data: bytes, timings: Timings | None = None) -> Faces:
        """Every face in a photo, also small ones beside large ones, each with all its chips.

        They are numbered as by `acquire`; those that it does not look for come last.

        Raises:
            ImageRefused: the file is not a usable photo.
        """
        timings = timings or Timings()
        view = self._look(data, timings)
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
        """The face to compare.

        Args:
            face_index: which face of a group photo, as numbered by an earlier answer.

        Raises:
            ImageRefused: no face, no clear choice between several, or a face that is not usable.
        """
        timings = timings or Timings()
        view = self._look(data, timings)
        if face_index is not None and face_index >= len(view.detections):
            acquired = self.find(data, timings).choose(face_index)
        else:
            with timings.step("align"):
                acquired = self._chosen(view, face_index)
        if problem := acquired.face.problem:
            raise ImageRefused(*problem, faces=[row.to_dict() for row in acquired.faces])
        return acquired

    def _look(self, data: bytes, timings: Timings) -> "_View":
        with timings.step("decode"):
            photo = images.load(data, max_side=WORK_SIDE)
        with timings.step("detect"):
            return _View(data, photo, self._search.find(photo.pixels))

    def _chosen(self, view: "_View", face_index: int | None) -> Acquisition:
        """What `Faces.choose` gives, but all chips are cut of the chosen face alone."""
        try:
            index = choose(view.detections, view.frame, face_index)
        except ImageRefused as refusal:
            rows = range(len(view.detections))
            refusal.faces = [self._face(view, row, others=True).to_dict() for row in rows]
            raise
        faces = [self._face(view, row, others=row != index) for row in range(len(view.detections))]
        return Acquisition(**vars(view.faces(faces, view.smallest)), face=faces[index])

    def _face(self, view: "_View", index: int, *, others: bool = False) -> Face:
        """One face as it is reported; of `others` than the chosen one no more is cut than needed."""
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
            conditions=conditions.of_face(covered, measured, outside),
            chips=chips,
        )


def _cut(pixels, landmarks: np.ndarray, spec: ChipSpec) -> np.ndarray:
    return alignment.align(
        pixels, landmarks, template=spec.template, size=spec.size, zoom=spec.zoom
    )


class _View:
    """A photo under search: its pixels, and the faces found in it, in pixels of the turned photo."""

    def __init__(self, data: bytes, photo: images.Photo, found: Found):
        self._data, self.photo, self.found = data, photo, found
        self._full: tuple[Mipmap, float] | None = None
        height, width = photo.pixels.shape[:2]
        self.frame = (height, width) if found.turns % 2 else (width, height)
        self.detections = self.in_order(found.detections)

    @property
    def smallest(self) -> float:
        """Side of the smallest face that was looked for, full-size pixels."""
        return self.found.smallest * self.photo.scale

    def in_order(self, detections: list[Detection]) -> list[Detection]:
        return sorted(detections, key=lambda row: -row.area)

    def full(self) -> tuple[Mipmap, float]:
        """The turned photo at `FULL_SIDE`, and how many of its pixels one of `found.photo` is."""
        if self._full is None and self.photo.scale == 1:
            self._full = self.found.photo, 1.0
        elif self._full is None:
            full = images.load(self._data, max_side=FULL_SIDE)
            turned = np.ascontiguousarray(np.rot90(full.pixels, self.found.turns))
            self._full = Mipmap(turned), self.photo.scale / full.scale
        return self._full

    def in_photo(self, found: Detection) -> tuple[np.ndarray, np.ndarray]:
        """Box and landmarks in full-size pixels of the photo as it was before it was turned."""
        shape, scale = self.photo.pixels.shape, self.photo.scale
        corners = self.found.in_photo(found.box.reshape(2, 2), shape)
        box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
        return box * scale, self.found.in_photo(found.landmarks, shape) * scale

    def faces(self, faces: list[Face], smallest: float) -> Faces:
        turned = (-90 * self.found.turns) % 360
        return Faces(faces, self.photo.width, self.photo.height, turned, round(smallest))
