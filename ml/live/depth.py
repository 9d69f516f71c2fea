"""Depth from the turn of a head, by the parallax of five landmarks.

A flat picture that is turned moves its points by an affine map, apart from a little perspective; a head's
nose, which lies some 30 mm before its eyes, moves further. What is left of the landmarks after the best
affine map from the frontal face to the turned one is that parallax, or noise.
"""

from dataclasses import dataclass

import numpy as np

from ml.faces.quality import HEAD


@dataclass(frozen=True)
class Parallax:
    """What a turn shows.

    depth: the parallax along the pattern that a head's relief makes, in distances between the eyes;
        positive where the nose moves to the viewer's right.
    width: how wide the plane of the face looks, as a share of its width from the front.
    """

    depth: float
    width: float


def upright(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (5, 2) in pixels -> centred, with the way from the eyes to the mouth pointing down and of
    length 1."""
    eyes, mouth = landmarks[:2].mean(axis=0), landmarks[3:].mean(axis=0)
    down = mouth - eyes
    length = max(float(np.linalg.norm(down)), 1e-6)
    x, y = down / length
    turn = np.array([[y, -x], [x, y]])
    return (landmarks - (eyes + mouth) / 2) @ turn.T / length


def height(landmarks: np.ndarray) -> float:
    """The way from the eyes to the mouth, pixels: a size that a turn to the side does not change."""
    return float(np.linalg.norm(landmarks[3:].mean(axis=0) - landmarks[:2].mean(axis=0)))


def parallax(frontal: np.ndarray, turned: np.ndarray) -> Parallax:
    """Compare two sets of landmarks (5, 2), each from `upright` or the mean of several of those."""
    plane = np.column_stack([frontal, np.ones(5)])
    fit, *_ = np.linalg.lstsq(plane, turned, rcond=None)
    left = turned - plane @ fit
    eyes = max(float(np.linalg.norm(frontal[1] - frontal[0])), 1e-6)
    depth = -float(_pattern(plane) @ left[:, 0]) / eyes
    return Parallax(depth, float(np.linalg.norm(fit[0])))


def _pattern(plane: np.ndarray) -> np.ndarray:
    """The part of a head's relief that no affine map explains, (5,), of length 1."""
    relief = HEAD[:, 2]
    fit, *_ = np.linalg.lstsq(plane, relief, rcond=None)
    left = relief - plane @ fit
    return left / max(float(np.linalg.norm(left)), 1e-9)
