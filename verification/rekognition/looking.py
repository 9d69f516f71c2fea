"""DetectFaces and CompareFaces: nothing is stored."""

from typing import Any

from ..looks.services import look
from . import shapes
from .authentication import Caller
from .errors import NO_FACES, InvalidParameter
from .images import photo_of

MOST_FACES = 100


def detect(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    seen = look(caller.owner, "faces", [photo_of(data["Image"])], {"max_faces": MOST_FACES})
    details = [shapes.face_detail(face, seen["image"]) for face in largest_first(seen["faces"])]
    return {"FaceDetails": details}


def compare(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """The source's largest face against every face of the target. Faces that are too poor to tell are
    left out, unless the request's QualityFilter is NONE, as it is by default."""
    options = {
        "largest": True,
        "any_quality": data["QualityFilter"] == "NONE",
        "max_faces": MOST_FACES,
    }
    photos = [photo_of(data["SourceImage"]), photo_of(data["TargetImage"])]
    seen = look(caller.owner, "pair", photos, options)
    source, target = seen["probe"], seen["reference"]
    if not target["faces"]:
        raise InvalidParameter(NO_FACES)
    lowest = shapes.lowest_probability(data["SimilarityThreshold"])
    matches, others = [], []
    for face in sorted(
        (face for face in target["faces"] if face["probability"] is not None),
        key=lambda face: face["probability"],
        reverse=True,
    ):
        detail = shapes.face_detail(face, target["image"])
        if face["probability"] >= lowest:
            similarity = shapes.similarity(face["probability"])
            matches.append({"Similarity": similarity, "Face": detail})
        else:
            others.append(detail)
    return {
        "SourceImageFace": shapes.found_face(source["face"], source["image"]),
        "FaceMatches": matches,
        "UnmatchedFaces": others,
    }


def largest_first(faces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(faces, key=shapes.area, reverse=True)
