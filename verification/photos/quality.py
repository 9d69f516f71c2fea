"""The quality of a face in words."""

from typing import NamedTuple

from django.utils.translation import gettext, pgettext

from .. import engine

FACING, TURNED = 15, 30  # degrees up to which a face is said to face the camera, and is fine


class Measurement(NamedTuple):
    """What was measured on a face, in words, and whether it is fine."""

    name: str
    words: str
    is_fine: bool


def quality_words(quality: dict[str, float]) -> tuple[Measurement, ...]:
    """The measurements of a face, judged by the bounds from which the engine does not mind them."""
    if not quality:
        return ()
    large = quality["size"] >= engine.FINE_SIZE
    sharp = quality["sharpness"] >= engine.FINE_SHARPNESS
    light, (dark, bright) = quality["brightness"], engine.FINE_BRIGHTNESS
    turn = max(abs(quality["yaw"]), abs(quality["pitch"]))
    size = gettext("large enough (%(pixels)s px)") if large else gettext("small (%(pixels)s px)")
    if light < dark:
        lit = gettext("dark")
    elif light > bright:
        lit = gettext("very bright")
    else:
        lit = pgettext("light", "good")
    if turn < FACING:
        pose = gettext("facing the camera")
    else:
        pose = gettext("turned by about %(turn)s°") % {"turn": f"{turn:.0f}"}
    return (
        Measurement(gettext("Size"), size % {"pixels": f"{quality['size']:.0f}"}, large),
        Measurement(gettext("Sharpness"), gettext("sharp") if sharp else gettext("soft"), sharp),
        Measurement(gettext("Light"), lit, dark <= light <= bright),
        Measurement(gettext("Pose"), pose, turn < TURNED),
    )
