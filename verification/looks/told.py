"""What the engine saw, as JSON.

A face is told as the engine reports it (`bounding_box` and `landmarks` in pixels of the upright photo),
with `problem`: {code, detail, remedy} of one that is too poor to compare, else null.
"""

from typing import Any

from .. import engine

Options = dict[str, Any]
Answer = dict[str, Any]


def told_photo(photo: engine.SeenPhoto, numbers: bool = True) -> Answer:
    """`numbers`: with those of the faces that have them."""
    return {
        "image": {"width": photo.width, "height": photo.height},
        "turned": photo.turned,
        "searched_down_to": photo.searched_down_to,
        "faces": [_face(face, numbers) for face in photo.faces],
    }


def told_model(model: engine.ModelIdentity, timings: dict[str, float]) -> Answer:
    return {"model": vars(model), "timings": timings}


def told_decision(decision: engine.Decision | None) -> Answer:
    """Null where there is none."""
    names = ("probability", "similarity", "outcome")
    return {name: decision and getattr(decision, name) for name in names}


def _face(face: engine.SeenFace, numbers: bool) -> Answer:
    told = face.report | {"problem": vars(face.problem) if face.problem else None}
    if numbers and face.comparable is not None:
        told["embedding"] = [round(float(value), 7) for value in face.comparable.embedding]
    return told
