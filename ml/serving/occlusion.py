"""Which parts of two faces carry their likeness: cover a part, and see how much less alike they are.

Zeiler and Fergus, "Visualizing and understanding convolutional networks" (2014), section 3, for a pair: a
soft square of the face's mean colour is moved over one face while the other stays whole. What is told is the
drop of the head's logit, in which evidence adds up; the similarity itself hardly moves near 0 and 1.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from ml.faces.alignment import TEMPLATES, ChipSpec, similarity_transform
from ml.faces.finder import Face
from ml.serving.verifier import Verifier

CELLS = 8  # of a map, along each side of the aligned face
COVERED = 2  # cells, the side of the square that covers
PLACES = CELLS - COVERED + 1
SOFTNESS = 0.02  # deviation of the square's edge, as a share of the face's side
REGIONS = ("forehead", "eyes", "nose", "cheeks", "mouth", "chin", "surroundings")


@dataclass(frozen=True)
class Occlusion:
    """How much likeness each place of one face carries.

    drops: float (PLACES, PLACES), the drop of the logit with the square at row and column; negative where
        the faces are more alike without that part.
    """

    drops: np.ndarray

    @property
    def cells(self) -> np.ndarray:
        """float (CELLS, CELLS): of each cell the mean over the squares that cover it."""
        total = np.zeros((CELLS, CELLS))
        count = np.zeros((CELLS, CELLS))
        for row, column in _places():
            here = np.s_[row : row + COVERED, column : column + COVERED]
            total[here] += self.drops[row, column]
            count[here] += 1
        return total / count

    def shares(self, spec: ChipSpec) -> dict[str, float]:
        """By region, its share of all that speaks for the likeness, 0-1; empty if nothing does."""
        cells = np.maximum(self.cells, 0)
        whole = cells.sum()
        if whole <= 0:
            return {}
        regions = regions_of(spec)
        return {name: float(cells[regions == name].sum() / whole) for name in REGIONS}


def explain(verifier: Verifier, first: Face, second: Face) -> tuple[Occlusion, Occlusion]:
    """The maps of two faces, each with the other one whole."""
    a, b = verifier.embed([first.chips, second.chips])
    whole = float(verifier.head.logits(a, b))
    return (
        _occlusion(verifier, first, b, whole),
        _occlusion(verifier, second, a, whole),
    )


def covered(
    face: Face, specs: tuple[ChipSpec, ...], row: int, column: int
) -> tuple[np.ndarray, ...]:
    """The face's chips with the square at this place of the first one, in all at the same part of the
    face."""
    first, cell = specs[0], specs[0].size / CELLS
    mask = np.zeros((first.size, first.size), np.float32)
    top, left = round(row * cell), round(column * cell)
    side = round(COVERED * cell)
    mask[top : top + side, left : left + side] = 1
    soft = np.asarray(cv2.GaussianBlur(mask, (0, 0), SOFTNESS * first.size), np.float32)
    return tuple(
        _blended(chip, _moved(soft, face.landmarks, first, spec))
        for chip, spec in zip(face.chips, specs, strict=True)
    )


def regions_of(spec: ChipSpec) -> np.ndarray:
    """str (CELLS, CELLS): the region of a face in which each cell of its chip lies."""
    left_eye, right_eye, nose, left_mouth, right_mouth = (
        TEMPLATES[spec.template] - 0.5
    ) * spec.zoom + 0.5
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    apart, down = right_eye[0] - left_eye[0], mouth[1] - eyes[1]
    regions = np.empty((CELLS, CELLS), dtype="<U12")
    for row in range(CELLS):
        for column in range(CELLS):
            x, y = (column + 0.5) / CELLS, (row + 0.5) / CELLS
            aside, below = abs(x - nose[0]) / apart, (y - eyes[1]) / down
            regions[row, column] = _region(aside, below)
    return regions


def _region(aside: float, below: float) -> str:
    """Of a point by its distance from the middle in distances between the eyes, and from the line
    of the eyes in distances down to the mouth."""
    if aside > 1.05 or below < -1 or below > 2:
        return "surroundings"
    if below < -0.45:
        return "forehead"
    if below < 0.3:
        return "eyes"
    if below < 0.75:
        return "nose" if aside < 0.4 else "cheeks"
    if below < 1.3:
        return "mouth" if aside < 0.65 else "cheeks"
    return "chin"


def _occlusion(verifier: Verifier, face: Face, other: np.ndarray, whole: float) -> Occlusion:
    drops = np.zeros((PLACES, PLACES))
    for row, column in _places():
        (embedding,) = verifier.embed([covered(face, verifier.chips, row, column)])
        drops[row, column] = whole - float(verifier.head.logits(embedding, other))
    return Occlusion(drops)


def _places() -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(PLACES) for column in range(PLACES))


def _moved(mask: np.ndarray, landmarks: np.ndarray, first: ChipSpec, other: ChipSpec) -> np.ndarray:
    """The mask of the first chip as it lies in another one, float32 (s, s), from 0 to 1."""
    if other == first:
        return mask
    back = np.linalg.inv(np.vstack([_from_photo(landmarks, first), (0, 0, 1)]))
    matrix = (np.vstack([_from_photo(landmarks, other), (0, 0, 1)]) @ back)[:2]
    return cv2.warpAffine(mask, matrix, (other.size, other.size), flags=cv2.INTER_LINEAR)


def _from_photo(landmarks: np.ndarray, spec: ChipSpec) -> np.ndarray:
    target = (TEMPLATES[spec.template] - 0.5) * spec.zoom + 0.5
    return similarity_transform(landmarks, target * spec.size)


def _blended(chip: np.ndarray, mask: np.ndarray) -> np.ndarray:
    middle = np.s_[chip.shape[0] // 8 : -chip.shape[0] // 8]  # without the surroundings
    colour = chip[middle, middle].reshape(-1, 3).mean(axis=0)
    share = mask[..., None]
    return np.rint(chip * (1 - share) + colour * share).astype(np.uint8)
