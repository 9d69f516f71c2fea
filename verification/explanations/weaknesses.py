"""What weighs against two photos, in sentences: pose, light, sharpness, size, coverings.

How old the photos are cannot be measured, and is not guessed.
"""

from typing import Any

from django.utils.translation import gettext, pgettext_lazy

from .. import engine
from ..photos.quality import TURNED

APART = 30  # degrees between two faces' directions from which it is told
LIGHT_APART = 0.25  # difference of the mean brightness, 0-1
ROLES = (
    ("probe", pgettext_lazy("In the … photo", "first")),
    ("reference", pgettext_lazy("In the … photo", "second")),
)


def weaknesses(faces: dict[str, Any]) -> list[str]:
    """`faces` as a verification stores them; [] if nothing weighs against the pair, or nothing is
    known."""
    known = [
        (str(name), faces[role]) for role, name in ROLES if (faces.get(role) or {}).get("quality")
    ]
    told = [sentence for name, face in known for sentence in _of_face(name, face)]
    if len(known) == 2:
        told += _between(*(face["quality"] for _name, face in known))
    return told


def _of_face(name: str, face: dict[str, Any]) -> list[str]:
    quality, conditions = face["quality"], face.get("conditions", ())
    told = []
    if "covered_eyes" in conditions:
        told.append(
            gettext(
                "In the %(which)s photo the eyes are covered: the part that usually tells the most."
            )
        )
    if "covered_mouth" in conditions:
        told.append(gettext("In the %(which)s photo the mouth is covered."))
    if "cut_off" in conditions:
        told.append(gettext("In the %(which)s photo part of the face lies outside the picture."))
    turn = max(abs(quality["yaw"]), abs(quality["pitch"]))
    if turn >= TURNED:
        told.append(
            gettext("In the %(which)s photo the face is turned to the side by about %(turn)s°.")
            if abs(quality["yaw"]) >= abs(quality["pitch"])
            else gettext("In the %(which)s photo the face is turned up or down by about %(turn)s°.")
        )
    dark, bright = engine.FINE_BRIGHTNESS
    if quality["brightness"] < dark:
        told.append(gettext("In the %(which)s photo the face is dark."))
    elif quality["brightness"] > bright:
        told.append(gettext("In the %(which)s photo the face is very bright."))
    if quality["sharpness"] < engine.FINE_SHARPNESS:
        told.append(gettext("In the %(which)s photo the face is not sharp."))
    if quality["size"] < engine.FINE_SIZE:
        told.append(gettext("In the %(which)s photo the face is small: %(pixels)s pixels wide."))
    fields = {"which": name, "turn": f"{turn:.0f}", "pixels": f"{quality['size']:.0f}"}
    return [words % fields for words in told]


def _between(first: dict[str, float], second: dict[str, float]) -> list[str]:
    told = []
    apart = max(abs(first["yaw"] - second["yaw"]), abs(first["pitch"] - second["pitch"]))
    if apart >= APART:
        told.append(
            gettext("The faces look in different directions, about %(apart)s° apart.")
            % {"apart": f"{apart:.0f}"}
        )
    if abs(first["brightness"] - second["brightness"]) >= LIGHT_APART:
        told.append(gettext("The light on the faces is very different."))
    return told
