"""Conditions of a face that make its verdict weaker: covered, cut off, blurred, dark or small.

Each condition has a calibration of its own (`ml.calibration.conditions`). The bounds were chosen on
development people.
"""

from ml.decision import words
from ml.faces.coverage import Coverage
from ml.faces.quality import Quality

CONDITIONS = tuple(words.CONDITIONS)

COVERED = 0.5  # lowest probability at which a mouth counts as covered
COVERED_EYES = 0.5  # the same for the mean of both eyes
COVERED_EYE = 0.9  # the same for one eye: hair and the far side of a profile come close

# Share of the face's box beyond one edge of the photo; beyond `quality.MOST_OUTSIDE` it is refused.
CUT_OFF = 0.05

BLURRED = 0.0018  # sharpness; one of LFW's 6,920 photos is below
DARK = 0.18  # brightness; one of LFW's photos is below
SMALL = 48.0  # pixels


def of_face(coverage: Coverage | None, quality: Quality, outside: float) -> tuple[str, ...]:
    """The conditions of a face, in the order of `CONDITIONS`.

    Args:
        coverage: from `ml.faces.coverage.measure`; None where it was not measured.
        quality: from `ml.faces.quality.measure`.
        outside: from `ml.faces.quality.share_outside`.
    """
    found = covered(coverage) if coverage else []
    if outside > CUT_OFF:
        found.append("cut_off")
    if quality.sharpness < BLURRED:
        found.append("blurred")
    if quality.brightness < DARK:
        found.append("dark")
    if quality.size < SMALL:
        found.append("small")
    return tuple(found)


def covered(coverage: Coverage) -> list[str]:
    """ "covered_eyes", "covered_mouth", both or neither."""
    found = []
    eyes = coverage.left_eye, coverage.right_eye
    if sum(eyes) / 2 >= COVERED_EYES or max(eyes) >= COVERED_EYE:
        found.append("covered_eyes")
    if coverage.mouth >= COVERED:
        found.append("covered_mouth")
    return found
