"""What is known of faces in the shapes of Amazon Rekognition: percents, and shares of the photo's size.

A face is a report of the engine: `bounding_box` and `landmarks` in pixels of the upright photo.
"""

import re
from collections.abc import Mapping
from typing import Any

# The ids that the interface has, as regular expressions of Python and of the databases; those that other
# programs give may be anything.
COLLECTION = "[a-zA-Z0-9_.-]{1,255}"
USER = "[a-zA-Z0-9_.:-]{1,128}"
IMAGE = "[a-zA-Z0-9_.:-]{1,255}"

Face = dict[str, Any]
Size = Mapping[str, int]
Shape = dict[str, Any]

MOST_SURE = 0.9999  # nothing is certain
# As sharp as a photo needs to be for the highest mark; see `ml.faces.quality`.
SHARP = 0.016
LANDMARKS = {
    "left_eye": "eyeLeft",
    "right_eye": "eyeRight",
    "mouth_left": "mouthLeft",
    "mouth_right": "mouthRight",
    "nose": "nose",
}
REASONS = {
    "face_too_small": "SMALL_BOUNDING_BOX",
    "too_dark": "LOW_BRIGHTNESS",
    "too_blurred": "LOW_SHARPNESS",
    "pose_too_extreme": "EXTREME_POSE",
}
ANY_OTHER_REASON = "LOW_FACE_QUALITY"


def similarity(probability: float) -> float:
    """The calibrated probability of the same person, in percent."""
    return round(100 * min(probability, MOST_SURE), 4)


def lowest_probability(percent: float) -> float:
    """The probability of a similarity: 100 is that of the surest."""
    return min(percent / 100, MOST_SURE)


def area(face: Face) -> float:
    return face["bounding_box"]["width"] * face["bounding_box"]["height"]


def bounding_box(face: Face, size: Size) -> Shape:
    box = face["bounding_box"]
    return {
        "Width": _share(box["width"], size["width"]),
        "Height": _share(box["height"], size["height"]),
        "Left": _share(box["left"], size["width"]),
        "Top": _share(box["top"], size["height"]),
    }


def confidence(face: Face) -> float:
    return round(100 * min(1.0, face["detection_score"]), 4)


def found_face(face: Face, size: Size) -> Shape:
    return {"BoundingBox": bounding_box(face, size), "Confidence": confidence(face)}


def face_detail(face: Face, size: Size) -> Shape:
    """What DetectFaces tells of a face, and CompareFaces of those of the target."""
    quality = face["quality"]
    return found_face(face, size) | {
        "Landmarks": [
            {
                "Type": LANDMARKS[name],
                "X": _share(x, size["width"]),
                "Y": _share(y, size["height"]),
            }
            for name, (x, y) in face["landmarks"].items()
            if name in LANDMARKS
        ],
        "Pose": {name: quality[name.lower()] for name in ("Roll", "Yaw", "Pitch")},
        "Quality": {
            "Brightness": round(100 * quality["brightness"], 4),
            "Sharpness": round(100 * min(1.0, quality["sharpness"] / SHARP), 4),
        },
    }


def reason(problem: Mapping[str, Any]) -> str:
    """Why a face was not indexed."""
    return REASONS.get(problem["code"], ANY_OTHER_REASON)


def model_version(version: str) -> str:
    """A model's version, of which the interface takes digits and dots only."""
    return ".".join(re.findall(r"\d+", version)) or "0"


def _share(pixels: float, of: int) -> float:
    return round(pixels / of, 6)
