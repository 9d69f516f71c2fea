"""What about a face makes its verdict weaker: covered, cut off, blurred, dark or small.

Each condition has a calibration of its own (`ml.calibration.conditions`). Bounds were chosen on
development people.
"""

from ml.decision import words
from ml.faces.coverage import Coverage
from ml.faces.quality import Quality

CONDITIONS = tuple(words.CONDITIONS)

COVERED = 0.5  # probability from which a mouth counts as hidden
COVERED_EYES = 0.5  # the same for the eyes, by the mean of the two
COVERED_EYE = 0.9  # and for one eye alone: hair and the far side of a profile come near

# Share of the face's box beyond one edge of the photo; from `quality.MOST_OUTSIDE` it is refused.
CUT_OFF = 0.05

BLURRED = 0.0018  # sharpness; of LFW's 6,920 photos one lies below
DARK = 0.18  # brightness; of LFW's photos one, too
SMALL = 48.0  # pixels


def of_face(coverage: Coverage | None, quality: Quality, outside: float) -> tuple[str, ...]:
    """Those of `CONDITIONS` that hold for a face, in their order.

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
    """ "covered_eyes" and "covered_mouth", where they hold."""
    found = []
    eyes = coverage.left_eye, coverage.right_eye
    if sum(eyes) / 2 >= COVERED_EYES or max(eyes) >= COVERED_EYE:
        found.append("covered_eyes")
    if coverage.mouth >= COVERED:
        found.append("covered_mouth")
    return found
