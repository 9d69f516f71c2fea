"""What is held before a camera: a head, a printed photo, a phone; each made of one photo."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml import images
from ml.evaluation.live.render import FRAME, Surface
from ml.faces.finder import FaceFinder
from ml.faces.quality import HEAD

EYES = 63.0  # millimetres between a person's eyes
HALF_WIDTH, HALF_HEIGHT, DEEP = 88.0, 128.0, 75.0  # of a head, millimetres
BUMP = 14.0  # millimetres: how wide nose and eye sockets are
NECK = 90.0  # millimetres from the face's base to the axis that a head turns about


@dataclass(frozen=True)
class Portrait:
    """A photo of one face: pixels uint8 RGB (h, w, 3), and its landmarks (5, 2) in them."""

    pixels: np.ndarray
    landmarks: np.ndarray

    @property
    def scale(self) -> float:
        """Millimetres for a pixel."""
        left, right = self.landmarks[:2]
        return EYES / max(float(np.linalg.norm(right - left)), 1e-6)

    @property
    def centre(self) -> np.ndarray:
        """(x, y) between eyes and mouth, pixels."""
        return (self.landmarks[:2].mean(axis=0) + self.landmarks[3:].mean(axis=0)) / 2


def portrait(finder: FaceFinder, photo: bytes) -> Portrait:
    """Find the face in a photo. Raises ImageRefused."""
    found = finder.acquire(photo)
    loaded = images.load(photo, max_side=1000)
    return Portrait(loaded.pixels, found.face.landmarks / loaded.scale)


def head(person: Portrait, *, relief: float = 1.0) -> Surface:
    """The person's head, with the mean shape of heads.

    Args:
        relief: how pronounced its features are; 1 for the mean head.
    """
    across, down = _millimetres(person)
    inside = 1 - (across / HALF_WIDTH) ** 2 - (down / HALF_HEIGHT) ** 2
    depth = DEEP * np.maximum(inside, 0)
    points = (person.landmarks - person.centre) * person.scale
    smooth = DEEP * np.maximum(
        1 - (points[:, 0] / HALF_WIDTH) ** 2 - (points[:, 1] / HALF_HEIGHT) ** 2, 0
    )
    missing = -relief * HEAD[:, 2] - smooth
    missing -= missing.mean()
    bumps = np.exp(-((points[:, None] - points[None]) ** 2).sum(axis=-1) / (2 * BUMP**2))
    for height, (x, y) in zip(np.linalg.solve(bumps, missing), points, strict=True):
        depth += height * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * BUMP**2))
    mask = np.clip(inside / 0.2, 0, 1)
    centre = person.centre
    return Surface(
        person.pixels,
        depth.astype(np.float32),
        mask.astype(np.float32),
        person.scale,
        (float(centre[0]), float(centre[1])),
        NECK,
    )


def print_out(person: Portrait, *, radius: float | None = None) -> Surface:
    """The photo printed in life size on paper with a white border.

    Args:
        radius: of the cylinder that the paper is bent around, millimetres; None for flat paper.
    """
    border = round(0.05 * min(person.pixels.shape[:2]))
    paper = cv2.copyMakeBorder(
        person.pixels, border, border, border, border, cv2.BORDER_CONSTANT, value=(235, 235, 230)
    )
    return _held(paper, person, border, radius)


def phone(person: Portrait, rng: np.random.Generator) -> Surface:
    """The photo on a phone or tablet: a bezel, the screen's grid, and a glare."""
    bezel = round(0.07 * min(person.pixels.shape[:2]))
    lit = person.pixels.astype(np.float32) * 1.08 + 6
    rows, columns = np.indices(lit.shape[:2])
    pitch, angle = rng.uniform(2.3, 3.6), rng.uniform(0, np.pi)
    grid = np.sin(2 * np.pi * (columns * np.cos(angle) + rows * np.sin(angle)) / pitch)
    lit += 5 * grid[..., None]
    x, y = rng.uniform(0, 1, 2) * lit.shape[1::-1]
    glare = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * (0.12 * lit.shape[1]) ** 2))
    lit += 70 * glare[..., None]
    screen = cv2.copyMakeBorder(
        lit.clip(0, 255).astype(np.uint8), bezel, bezel, bezel, bezel, cv2.BORDER_CONSTANT,
        value=(18, 18, 20),
    )  # fmt: skip
    return _held(screen, person, bezel, None)


def background(rng: np.random.Generator, size: tuple[int, int] = FRAME) -> np.ndarray:
    """A wall out of focus, uint8 RGB (H, W, 3)."""
    width, height = size
    coarse = rng.integers(80, 170, (4, 5, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def _held(picture: np.ndarray, person: Portrait, border: int, radius: float | None) -> Surface:
    high, wide = picture.shape[:2]
    centre = person.centre + border
    depth = np.zeros((high, wide), np.float32)
    if radius:
        across = (np.arange(wide) - centre[0]) * person.scale
        depth[:] = np.sqrt(np.maximum(radius**2 - across**2, 0)) - radius
    mask = np.ones((high, wide), np.float32)
    return Surface(picture, depth, mask, person.scale, (float(centre[0]), float(centre[1])))


def _millimetres(person: Portrait) -> tuple[np.ndarray, np.ndarray]:
    """Each pixel's distance from the face's centre, to the right and down."""
    rows, columns = np.indices(person.pixels.shape[:2], np.float64)
    x, y = person.centre
    return (columns - x) * person.scale, (rows - y) * person.scale
