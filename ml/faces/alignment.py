"""Align a face as a tower was trained on, by a similarity transform of 5 landmarks."""

from dataclasses import dataclass

import cv2
import numpy as np

from ml.faces.mipmap import Mipmap

# Where the left eye, right eye, nose and mouth corners lie in an aligned chip, in a square of side 1.
# "dlib150": the mean of the MTCNN landmarks over dlib's own 150-px chips of LFW faces.
TEMPLATES = {
    "dlib150": np.array(
        [(47.55, 45.41), (100.78, 45.41), (74.0, 77.26), (50.59, 103.84), (97.55, 103.83)],
        dtype=np.float64,
    )
    / 150.0,
    # "lfw": where these landmarks lie in LFW's own photos, for towers that were trained on whole photos
    # of LFW.
    "lfw": np.array(
        [(0.4175, 0.4461), (0.5824, 0.4461), (0.4995, 0.5411), (0.4272, 0.6263), (0.5727, 0.6263)],
        dtype=np.float64,
    ),
    # "arcface112": the 112-px alignment of the ArcFace family.
    "arcface112": np.array(
        [
            (38.2946, 51.6963),
            (73.5318, 51.5014),
            (56.0252, 71.7366),
            (41.5493, 92.3655),
            (70.7299, 92.2041),
        ],
        dtype=np.float64,
    )
    / 112.0,
}


@dataclass(frozen=True)
class ChipSpec:
    """How a tower wants its faces aligned, see `align`."""

    template: str
    size: int
    zoom: float = 1.0


def similarity_transform(points: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares rotation, scale and shift (no reflection) from `points` to `target`.

    Umeyama (1991); in the plane it has this closed form over complex numbers.

    Args:
        points, target: float (n, 2).

    Returns:
        float64 (2, 3) matrix for `cv2.warpAffine`.
    """
    p = points[:, 0] + 1j * points[:, 1]
    q = target[:, 0] + 1j * target[:, 1]
    p0, q0 = p.mean(), q.mean()
    turn = np.vdot(p - p0, q - q0) / np.vdot(p - p0, p - p0).real
    shift = q0 - turn * p0
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def align(
    pixels: np.ndarray | Mipmap,
    landmarks: np.ndarray,
    *,
    template: str,
    size: int,
    zoom: float = 1.0,
) -> np.ndarray:
    """Cut the face out, upright and at the template's scale.

    Args:
        pixels: uint8 RGB (H, W, 3), or a `Mipmap`, whose smaller sizes then serve all faces.
        landmarks: float (5, 2), pixels: left eye, right eye, nose, left and right mouth corner,
            left and right as the viewer sees them.
        size: side of the chip in pixels.
        zoom: a value above 1 makes the face larger in the chip.

    Returns:
        uint8 RGB (size, size, 3); pixels outside the photo repeat its border.
    """
    target = (TEMPLATES[template] - 0.5) * zoom + 0.5
    matrix = similarity_transform(landmarks, target * size)
    photo = pixels if isinstance(pixels, Mipmap) else Mipmap(pixels)
    level, scale = photo.level(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 1:
        matrix = similarity_transform((landmarks + 0.5) * scale - 0.5, target * size)
    return cv2.warpAffine(
        level, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
