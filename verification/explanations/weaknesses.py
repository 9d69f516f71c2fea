"""What weighs against two photos, in sentences: pose, light, sharpness, size, coverings.

How old the photos are cannot be measured, and is not guessed.
"""

from typing import Any

from .. import engine
from ..photos.quality import TURNED

APART = 30  # degrees between two faces' directions from which it is told
LIGHT_APART = 0.25  # difference of the mean brightness, 0-1
ROLES = (("probe", "first"), ("reference", "second"))


def weaknesses(faces: dict[str, Any]) -> list[str]:
    """`faces` as a verification stores them; [] if nothing weighs against the pair, or nothing is
    known."""
    known = [(name, faces[role]) for role, name in ROLES if (faces.get(role) or {}).get("quality")]
    told = [sentence for name, face in known for sentence in _of_face(name, face)]
    if len(known) == 2:
        told += _between(*(face["quality"] for _name, face in known))
    return told


def _of_face(name: str, face: dict[str, Any]) -> list[str]:
    quality, conditions = face["quality"], face.get("conditions", ())
    told = []
    if "covered_eyes" in conditions:
        told.append(
            f"In the {name} photo the eyes are covered: the part that usually tells the most."
        )
    if "covered_mouth" in conditions:
        told.append(f"In the {name} photo the mouth is covered.")
    if "cut_off" in conditions:
        told.append(f"In the {name} photo part of the face lies outside the picture.")
    turn = max(abs(quality["yaw"]), abs(quality["pitch"]))
    if turn >= TURNED:
        way = "to the side" if abs(quality["yaw"]) >= abs(quality["pitch"]) else "up or down"
        told.append(f"In the {name} photo the face is turned {way} by about {turn:.0f}°.")
    dark, bright = engine.FINE_BRIGHTNESS
    if quality["brightness"] < dark:
        told.append(f"In the {name} photo the face is dark.")
    elif quality["brightness"] > bright:
        told.append(f"In the {name} photo the face is very bright.")
    if quality["sharpness"] < engine.FINE_SHARPNESS:
        told.append(f"In the {name} photo the face is not sharp.")
    if quality["size"] < engine.FINE_SIZE:
        told.append(f"In the {name} photo the face is small: {quality['size']:.0f} pixels wide.")
    return told


def _between(first: dict[str, float], second: dict[str, float]) -> list[str]:
    told = []
    apart = max(abs(first["yaw"] - second["yaw"]), abs(first["pitch"] - second["pitch"]))
    if apart >= APART:
        told.append(f"The faces look in different directions, about {apart:.0f}° apart.")
    if abs(first["brightness"] - second["brightness"]) >= LIGHT_APART:
        told.append("The light on the faces is very different.")
    return told
