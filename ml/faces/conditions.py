"""What about a face makes its verdict weaker: covered, cut off, blurred, dark or small.

Each condition has a calibration of its own (`ml.calibration.conditions`), and what is cut off too
far is refused. Bounds were chosen on development people with LFW's frames; see `outside`.
"""

import numpy as np

from ml.faces.coverage import Coverage
from ml.faces.quality import Quality

# Each condition in words: what it is, and what would give a surer verdict.
WORDS = {
    "covered_eyes": (
        "The eyes are covered, by sunglasses for example.",
        "Use a photo in which both eyes can be seen.",
    ),
    "covered_mouth": (
        "The mouth is covered, by a mask, a scarf or a hand for example.",
        "Use a photo in which the mouth can be seen.",
    ),
    "cut_off": (
        "Part of the face lies outside the photo.",
        "Use a photo that shows the whole face.",
    ),
    "blurred": ("The face is blurred.", "Use a sharper photo."),
    "dark": ("The face is dark.", "Use a photo taken in more light."),
    "small": ("The face is small.", "Use a larger photo, or one taken from nearer."),
}
CONDITIONS = tuple(WORDS)

COVERED = 0.5  # probability from which a mouth counts as hidden
COVERED_EYES = 0.5  # the same for the eyes, by the mean of the two
COVERED_EYE = 0.9  # and for one eye alone: hair and the far side of a profile come near

# Shares of the face's box beyond one edge of the photo. Of development photos with the face cut off
# at one side, those with more than 0.2, or with an eye, the nose or a corner of the mouth gone, gave
# 6 to 50 % wrong answers among those at a confidence of 0.9 or more; the others 1 %. Of LFW's own
# photos none comes near.
CUT_TOO_FAR = 0.2
CUT_OFF = 0.05

BLURRED = 0.0018  # sharpness; of LFW's photos 1 in 3,000 lies below
DARK = 0.18  # brightness; of LFW's photos, 1 in 2,000
SMALL = 48.0  # pixels


def outside(box: np.ndarray, frame: tuple[int, int]) -> float:
    """The share of a face's box that lies beyond the photo's edge, 0-1; of the edges the one that
    cuts most. A crop that is tight all around leaves the features, which one deep cut does not.

    Args:
        box: (left, top, right, bottom) as the detector gives it, not clipped to the photo.
        frame: (width, height) of the photo, in the same pixels.
    """
    box, frame = np.asarray(box, np.float64), np.asarray(frame, np.float64)
    beyond = np.concatenate([-box[:2], box[2:] - frame])
    size = np.maximum(box[2:] - box[:2], 1e-9)
    return float((beyond / np.tile(size, 2)).max().clip(0, 1))


def problem(
    box: np.ndarray, landmarks: np.ndarray, frame: tuple[int, int]
) -> tuple[str, str, str] | None:
    """Why a face cannot be compared: (code, detail, remedy) where too much lies outside the photo.

    Args:
        box, frame: see `outside`.
        landmarks: float (5, 2), in the same pixels.
    """
    gone = (landmarks < 0) | (landmarks > np.asarray(frame) - 1)
    if not gone.any() and outside(box, frame) <= CUT_TOO_FAR:
        return None
    return (
        "face_cut_off",
        "Too much of the face lies outside the photo.",
        "Use a photo that shows the whole face, with some space around it.",
    )


def of_face(
    coverage: Coverage | None, quality: Quality, box: np.ndarray, frame: tuple[int, int]
) -> tuple[str, ...]:
    """Those of `CONDITIONS` that hold for a face, in their order.

    Args:
        coverage: from `ml.faces.coverage.measure`; None where it was not measured.
        quality: from `ml.faces.quality.measure`.
        box, frame: see `outside`.
    """
    found = covered(coverage) if coverage else []
    if outside(box, frame) > CUT_OFF:
        found.append("cut_off")
    if quality.sharpness < BLURRED:
        found.append("blurred")
    if quality.brightness < DARK:
        found.append("dark")
    if quality.size < SMALL:
        found.append("small")
    return tuple(found)


def covered(coverage: Coverage) -> list[str]:
    """ "covered_eyes" and "covered_mouth", where they hold."""
    found = []
    eyes = coverage.left_eye, coverage.right_eye
    if sum(eyes) / 2 >= COVERED_EYES or max(eyes) >= COVERED_EYE:
        found.append("covered_eyes")
    if coverage.mouth >= COVERED:
        found.append("covered_mouth")
    return found
