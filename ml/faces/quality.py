"""The quality of a face: size, sharpness, brightness, contrast and pose."""

import math
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from ml.faces import refusals
from ml.faces.bounds import FINE_BRIGHTNESS, FINE_SHARPNESS, FINE_SIZE
from ml.faces.detection import roll as roll_of

# A generic head in millimetres, nose tip at the origin, x right, y down, z away from the viewer:
# left eye, right eye, nose, left and right mouth corner. Anthropometric means, rounded.
HEAD = np.array(
    [
        (-31.5, -36.0, 30.0),
        (31.5, -36.0, 30.0),
        (0.0, 0.0, 0.0),
        (-25.0, 30.0, 24.0),
        (25.0, 30.0, 24.0),
    ]
)
_HEAD_INVERSE = np.linalg.pinv(HEAD - HEAD.mean(axis=0))


@dataclass(frozen=True)
class Quality:
    """Measurements of one face.

    size: side of the face box, pixels of the full-size photo.
    sharpness: energy of detail 1 to 2 pixels wide in the aligned 150-px chip, relative to its
        contrast; 0.008 or more for a well focused face, 0.001 or less for a blurred or enlarged one.
    brightness, contrast: mean and standard deviation of the chip's luma, 0-1.
    yaw, pitch, roll: degrees; positive yaw is to the viewer's right, positive pitch is down, positive
        roll is clockwise.
    overall: 0-1, the worst of the above on a scale from "refused" (0) to "does not matter" (1).
    """

    size: float
    sharpness: float
    brightness: float
    contrast: float
    yaw: float
    pitch: float
    roll: float
    overall: float

    def to_dict(self) -> dict:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(chip: np.ndarray, landmarks: np.ndarray, size: float) -> Quality:
    """Measure a face.

    Args:
        chip: aligned face, uint8 RGB (s, s, 3).
        landmarks: float (5, 2), pixels, y down.
        size: side of the face box in pixels of the full-size photo.
    """
    luma = cv2.cvtColor(chip, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    side = luma.shape[0]
    # The border may be padding where the face touches the edge of the photo.
    inner = luma[side // 8 : -side // 8, side // 8 : -side // 8]
    brightness, contrast = _mean_and_deviation(inner)
    # Not the finest detail, which is mostly noise and compression.
    detail = cv2.GaussianBlur(inner, (0, 0), 1.0) - cv2.GaussianBlur(inner, (0, 0), 2.0)
    sharpness = _mean_and_deviation(detail)[1] ** 2 / (contrast**2 + 1e-4)
    yaw, pitch, roll = pose(landmarks)
    overall = min(
        _ramp(size, MIN_SIZE, FINE_SIZE),
        _ramp(sharpness, MIN_SHARPNESS, FINE_SHARPNESS),
        _ramp(brightness, MIN_BRIGHTNESS, FINE_BRIGHTNESS[0]),
        _ramp(1 - brightness, 1 - MAX_BRIGHTNESS, 1 - FINE_BRIGHTNESS[1]),
        _ramp(MAX_YAW - abs(yaw), 0, 35),
        _ramp(MAX_PITCH - abs(pitch), 0, 30),
    )
    return Quality(float(size), sharpness, brightness, contrast, yaw, pitch, roll, overall)


def _mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    mean, deviation = cv2.meanStdDev(values)
    return float(mean[0, 0]), float(deviation[0, 0])


def pose(landmarks: np.ndarray) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees, from a scaled orthographic fit of a generic head.

    With five points and one head for everybody it is exact to about 10 degrees, enough to detect a profile.
    """
    # Three numbers at a time, which NumPy is slower at than Python.
    right, down = (_HEAD_INVERSE @ (landmarks - landmarks.mean(axis=0))).T.tolist()
    x = _unit(right)
    along = sum(a * b for a, b in zip(x, down, strict=True))
    y = _unit([b - a * along for a, b in zip(x, down, strict=True)])
    depth = x[0] * y[1] - x[1] * y[0]  # of the axis across both
    yaw = math.degrees(math.asin(min(max(-x[2], -1.0), 1.0)))
    pitch = math.degrees(math.atan2(-y[2], depth))
    return yaw, pitch, roll_of(landmarks[0], landmarks[1])


def _unit(vector: list[float]) -> list[float]:
    length = max(math.sqrt(sum(value * value for value in vector)), 1e-9)
    return [value / length for value in vector]


# A face outside these bounds is refused. On development pairs, blurring one photo to a sharpness of
# 0.0009 lowered the true-match rate from 0.94 to 0.39; of LFW's photos, which are framed on a face, 1 in
# 6,900 is outside.
MIN_SIZE = 28.0
MIN_SHARPNESS = 0.0008
MIN_BRIGHTNESS = 0.06
MAX_BRIGHTNESS = 0.97
MAX_YAW = 70.0
MAX_PITCH = 60.0


def problem(quality: Quality) -> refusals.Reason | None:
    """The first reason to refuse a face: (code, detail, remedy), or None."""
    if quality.size < MIN_SIZE:
        return refusals.too_small(quality.size, MIN_SIZE)
    if quality.brightness < MIN_BRIGHTNESS:
        return refusals.TOO_DARK
    if quality.brightness > MAX_BRIGHTNESS:
        return refusals.TOO_BRIGHT
    if quality.sharpness < MIN_SHARPNESS:
        return refusals.TOO_BLURRED
    if abs(quality.yaw) > MAX_YAW or abs(quality.pitch) > MAX_PITCH:
        return refusals.TURNED_AWAY
    return None


# Largest share of the face's box beyond one edge of the photo. Where more is cut off, many more of the
# confident verdicts are wrong.
MOST_OUTSIDE = 0.2


def share_outside(box: np.ndarray, frame: tuple[int, int]) -> float:
    """The share of a face's box that lies beyond the photo's edge, 0-1.

    Only the edge that cuts most counts: a crop that is tight on all sides leaves the features visible,
    one deep cut does not.

    Args:
        box: (left, top, right, bottom) from the detector, not clipped to the photo.
        frame: (width, height) of the photo, in the same pixels.
    """
    left, top, right, bottom = box.tolist()
    wide, high = max(right - left, 1e-9), max(bottom - top, 1e-9)
    across = max(-left, right - frame[0]) / wide
    return min(max(across, max(-top, bottom - frame[1]) / high, 0.0), 1.0)


def inside(landmarks: np.ndarray, frame: tuple[int, int]) -> bool:
    """Whether all landmarks (5, 2) lie in a photo of this (width, height)."""
    wide, high = frame
    return all(0 <= x <= wide and 0 <= y <= high for x, y in landmarks.tolist())


# An eye is seen if it is farther from the photo's edge than this share of the face's box. A detector
# that sees a chin places the eyes at the edge.
EYE_INSIDE = 0.05


def shows_an_eye(box: np.ndarray, landmarks: np.ndarray, frame: tuple[int, int]) -> bool:
    """Whether at least one eye lies in the photo. What has none is a chin or a forehead at the edge, and
    no face to compare or to name.

    Args:
        box: (left, top, right, bottom); landmarks: (5, 2), eyes first; frame: (width, height) of the
            photo; all in the same pixels.
    """
    left, top, right, bottom = box.tolist()
    margin = EYE_INSIDE * max(right - left, bottom - top)
    wide, high = frame[0] - margin, frame[1] - margin
    return any(margin <= x <= wide and margin <= y <= high for x, y in landmarks[:2].tolist())


def cut_off(outside: float, complete: bool) -> refusals.Reason | None:
    """The reason to refuse a face if too much of it lies outside the photo, as from `problem`.

    Args:
        outside: see `share_outside`.
        complete: see `inside`.
    """
    if outside <= MOST_OUTSIDE and complete:
        return None
    return refusals.CUT_OFF


def _ramp(value: float, low: float, high: float) -> float:
    return min(max(float((value - low) / (high - low)), 0.0), 1.0)
