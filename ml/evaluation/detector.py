"""How well a model's detector finds faces, compared with the cascade alone, on photos changed in known ways.

The true landmarks of a photo are the mean of what both detectors find in the unchanged photo; they are
transformed along with it. A face counts as found if its landmarks are off by less than `FOUND` of the
distance of the eyes.
"""

import time
from collections import defaultdict
from collections.abc import Iterator

import cv2
import numpy as np

from ml import images
from ml.decision.logistic import sigmoid
from ml.errors import ImageRefused, MlError
from ml.evaluation.datasets import lfw
from ml.faces.finder import SMALLEST_SHARE
from ml.faces.search import Search
from ml.serving.verifier import Verifier, search_of

FOUND = 0.3
SCENE = (640, 480)  # size of a photo with one small face, pixels
CROWD = (4000, 3000)  # size of a group photo
CROWD_FACES = (40, 60, 90, 135, 200, 300)  # sides of the faces in it, one row of each


def measure(
    verifier: Verifier, folder, *, count: int = 300, groups: int = 5, progress=None
) -> dict:
    """Measure on `count` portraits, evenly spread, and on `groups` group photos made of them.

    Args:
        folder: images in LFW's layout.

    Returns:
        JSON-ready: for "model" and "cascade", by condition, `recall` (share of the faces found),
        `error` (mean error of the landmarks, relative to the distance of the eyes), `extra` (wrong faces
        per photo) and `ms` per photo; group photos by size of the faces.

    Raises:
        MlError: there are no images, or the detectors agree on none of them.
    """
    names = lfw.images(folder)
    names = names[:: max(1, len(names) // count)][:count]
    searches = {
        "model": search_of(verifier.artifact),
        "cascade": search_of(verifier.artifact, blazeface=False),
    }
    rows: dict[str, dict[str, _Row]] = {kind: defaultdict(_Row) for kind in searches}
    portraits = []
    for name in progress(names) if progress else names:
        try:
            pixels = images.decode(lfw.image_path(folder, name).read_bytes())
        except (ImageRefused, OSError):
            continue
        landmarks, side = _truth(list(searches.values()), pixels)
        if landmarks is None:
            continue
        portraits.append((pixels, landmarks, side))
        for condition, changed, truth in _changes(pixels, landmarks, side, len(portraits)):
            for kind, search in searches.items():
                rows[kind][condition].measure(search, changed, truth)
    if not portraits:
        raise MlError(
            "no_face_found",
            "The detectors agree on none of the images.",
            "Name a folder of portraits.",
        )
    for number in range(groups):
        crowd, truths = _crowd(portraits, number)
        for kind, search in searches.items():
            start = time.perf_counter()
            found = _all_faces(search, crowd)
            took = time.perf_counter() - start
            for size, truth in truths.items():
                rows[kind][f"group_{size}_px"].add(found, truth, took, extra=False)
    return {
        "images": len(portraits),
        "model": verifier.model,
        "detectors": {
            kind: {condition: row.figures() for condition, row in measured.items()}
            for kind, measured in rows.items()
        },
    }


class _Row:
    """The results of one detector under one condition."""

    def __init__(self):
        self.photos = self.faces = self.found = self.extra = 0
        self.errors: list[float] = []
        self.seconds = 0.0

    def measure(self, search: Search, pixels: np.ndarray, truth: list[np.ndarray]) -> None:
        start = time.perf_counter()
        found = search.find(pixels)
        took = time.perf_counter() - start
        rows = [found.in_photo(row.landmarks, pixels.shape) for row in found.detections]
        self.add(rows, truth, took)

    def add(self, found: list, truth: list, took: float, *, extra: bool = True) -> None:
        matched = set()
        for landmarks in truth:
            eyes = np.linalg.norm(landmarks[1] - landmarks[0])
            errors = [np.linalg.norm(row - landmarks, axis=1).mean() / eyes for row in found]
            nearest = int(np.argmin(errors)) if errors else -1
            if errors and errors[nearest] < FOUND:
                matched.add(nearest)
                self.errors.append(float(errors[nearest]))
        self.photos += 1
        self.faces += len(truth)
        self.found += len(matched)
        self.extra += (len(found) - len(matched)) if extra else 0
        self.seconds += took

    def figures(self) -> dict:
        return {
            "recall": round(self.found / max(1, self.faces), 4),
            "error": round(float(np.mean(self.errors)), 4) if self.errors else None,
            "extra": round(self.extra / max(1, self.photos), 4),
            "ms": round(self.seconds * 1e3 / max(1, self.photos), 2),
        }


def _truth(searches: list[Search], pixels: np.ndarray) -> tuple[np.ndarray | None, float]:
    """Landmarks and side of the one face that all detectors find; None if they do not agree."""
    found = [search.find(pixels) for search in searches]
    if any(row.turns or len(row.detections) != 1 for row in found):
        return None, 0.0
    landmarks = np.array([row.detections[0].landmarks for row in found])
    apart = np.linalg.norm(landmarks - landmarks.mean(axis=0), axis=2).max()
    if apart > FOUND * np.linalg.norm(landmarks[0, 1] - landmarks[0, 0]):
        return None, 0.0
    return landmarks.mean(axis=0), float(np.mean([row.detections[0].side for row in found]))


def _changes(pixels, landmarks, side: float, seed: int) -> Iterator[tuple[str, np.ndarray, list]]:
    """Condition, pixels and true landmarks of each changed version of a photo."""
    random = np.random.default_rng(seed)
    yield "as_it_is", pixels, [landmarks]
    for size in (20, 40, 80):
        scene = _background(random, *SCENE)
        yield f"face_{size}_px", scene, [_paste(scene, pixels, landmarks, size / side, random)]
    height, width = pixels.shape[:2]
    for degrees in (30, 90, 180, 270):
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
        turned = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        yield f"turned_{degrees}", turned, [landmarks @ matrix[:, :2].T + matrix[:, 2]]
    yield "half_lit", _half_lit(pixels, landmarks), [landmarks]
    for share in (0.10, 0.15):
        cropped, shift = _cropped(pixels, landmarks, side * (1 - 2 * share))
        yield f"cropped_{share:.0%}", cropped, [landmarks - shift]


def _half_lit(pixels: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Reduce the light to a tenth on one side of the nose, with a soft edge."""
    across = np.arange(pixels.shape[1]) - landmarks[2, 0]
    width = 0.25 * np.linalg.norm(landmarks[1] - landmarks[0])
    light = 0.1 + 0.9 * sigmoid(across / width)
    return (pixels * light[None, :, None]).astype(np.uint8)


def _cropped(pixels, landmarks, side: float) -> tuple[np.ndarray, np.ndarray]:
    """A square with this side around the landmarks, and its position."""
    middle = (landmarks.min(axis=0) + landmarks.max(axis=0)) / 2
    low = np.maximum(0, np.round(middle - side / 2)).astype(int)
    high = np.round(middle + side / 2).astype(int)
    return np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]]), low


def _crowd(portraits: list, number: int) -> tuple[np.ndarray, dict[int, list[np.ndarray]]]:
    """A group photo of 12 megapixels, and the landmarks of its faces by size."""
    random = np.random.default_rng(number)
    crowd, top = _background(random, *CROWD), 0
    truths: dict[int, list[np.ndarray]] = {}
    for size in CROWD_FACES:
        pitch = round(2.6 * size)
        truths[size] = []
        for left in range(0, min(CROWD[0] - pitch, 12 * pitch), pitch):
            pixels, landmarks, side = portraits[random.integers(len(portraits))]
            place = crowd[top : top + pitch, left : left + pitch]
            placed = _paste(place, pixels, landmarks, size / side, random)
            truths[size].append(placed + np.array([left, top]))
        top += pitch
    return crowd, truths


def _paste(scene, pixels, landmarks, scale: float, random) -> np.ndarray:
    """Paste a photo at this scale and a random place into a scene, cropped to fit; its landmarks there."""
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)
    room = np.array(scene.shape[1::-1])
    size = np.minimum(small.shape[1::-1], room)
    cut = (np.array(small.shape[1::-1]) - size) // 2
    left, top = random.integers(0, room - size + 1)
    scene[top : top + size[1], left : left + size[0]] = small[
        cut[1] : cut[1] + size[1], cut[0] : cut[0] + size[0]
    ]
    return (landmarks + 0.5) * scale - 0.5 - cut + (left, top)


def _background(random, width: int, height: int) -> np.ndarray:
    """Soft blotches with sensor noise, as a background."""
    coarse = random.integers(40, 220, (height // 60 + 2, width // 60 + 2, 3), dtype=np.uint8)
    pixels = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    pixels += random.integers(-8, 9, pixels.shape, dtype=np.int16)
    return pixels.clip(0, 255).astype(np.uint8)


def _all_faces(search: Search, pixels: np.ndarray) -> list[np.ndarray]:
    """Landmarks of all faces, found as in group photos."""
    found = search.find(pixels)
    more = search.find_more(
        found.photo, found.detections, smallest=SMALLEST_SHARE * max(pixels.shape[:2])
    )
    return [found.in_photo(row.landmarks, pixels.shape) for row in [*found.detections, *more]]
