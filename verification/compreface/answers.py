"""What a worker says of a photo, in CompreFace's words."""

from collections.abc import Iterable, Mapping
from typing import Any

from .errors import no_face
from .options import Options

Told = dict[str, Any]

HIGHEST = 0.9999  # a probability that is told: certainty there is none
DIGITS = 5
# The names of points on a face in the order in which they are told.
POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
DETECTOR, CALCULATOR = ("decode", "detect", "align"), ("embed",)


def clear_faces(photo: Told, options: Options) -> list[Told]:
    """The faces of a photo whose score is high enough, the largest first, at most so many as are wanted.
    Raises CompreFaceError when there is none."""
    faces = [face for face in photo["faces"] if face["detection_score"] >= options.threshold]
    if not faces:
        raise no_face()
    return faces[: options.limit or None]


def similarity(probability: float) -> float:
    return round(min(probability, HIGHEST), DIGITS)


def face_told(face: Told, options: Options) -> Told:
    """A face: its box, and what the plugins add."""
    box = face["bounding_box"]
    left, top = box["left"], box["top"]
    told: Told = {
        "box": {
            "probability": round(face["detection_score"], DIGITS),
            "x_max": round(left + box["width"]),
            "y_max": round(top + box["height"]),
            "x_min": max(0, round(left)),
            "y_min": max(0, round(top)),
        }
    }
    if "landmarks" in options.plugins:
        points = face["landmarks"]
        told["landmarks"] = [[round(x), round(y)] for x, y in (points[name] for name in POINTS)]
    if "pose" in options.plugins:
        told["pose"] = {name: face["quality"][name] for name in ("pitch", "roll", "yaw")}
    if "calculator" in options.plugins:
        told["embedding"] = face.get("embedding", [])
    return told


def times(said: Told, options: Options, *, compared: bool = False) -> Told:
    """The member `execution_time` of a result, in milliseconds, where it is wanted."""
    if not options.status:
        return {}
    steps: Mapping[str, float] = said["timings"]
    times = {"detector": _sum(steps, DETECTOR)}
    if compared or "calculator" in options.plugins:
        times["calculator"] = _sum(steps, CALCULATOR)
    return {"execution_time": times}


def versions(said: Told, options: Options) -> Told:
    """The member `plugins_versions` of an answer, where it is wanted."""
    if not options.status:
        return {}
    model = said["model"]
    name = f"{model['name']} {model['version']}"
    return {"plugins_versions": {"detector": name, "calculator": name}}


def _sum(steps: Mapping[str, float], names: Iterable[str]) -> float:
    return round(sum(steps.get(name, 0.0) for name in names), 1)
