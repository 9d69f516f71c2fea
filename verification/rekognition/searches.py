"""Searches in a collection: by a face of it, a user of it or a photo, for faces or for users."""

from typing import Any
from uuid import UUID

import numpy as np

from .. import engine
from ..gallery.embeddings import decrypt_embedding
from ..gallery.gallery_models import Gallery
from ..gallery.models import Anchor, Person
from ..looks.services import LONGEST, look
from . import shapes
from .authentication import Caller
from .collections import collection_of, faces_of, model_version, users_of
from .errors import InvalidParameter
from .faces import told as told_face
from .images import photo_of
from .looking import MOST_FACES, largest_first
from .shapes import Face, Size
from .users import told as told_user
from .users import user_of

Match = dict[str, Any]
FACES, PEOPLE = "anchors", "people"
MOST = 4096


def faces_like_face(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    face = _face(gallery, data["FaceId"])
    options = _options(gallery, FACES, data["FaceMatchThreshold"], data["MaxFaces"] + 1)
    found = _by_embedding(caller, [face], options)
    others = [match for match in found if match["id"] != str(face.pk)]
    return {
        "SearchedFaceId": str(face.pk),
        "FaceMatches": _face_matches(gallery, others[: data["MaxFaces"]]),
        "FaceModelVersion": model_version(),
    }


def faces_like_image(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    options = _options(gallery, FACES, data["FaceMatchThreshold"], data["MaxFaces"])
    size, face, found = _by_photo(caller, data, options)
    return {
        "SearchedFaceBoundingBox": shapes.bounding_box(face, size),
        "SearchedFaceConfidence": shapes.confidence(face),
        "FaceMatches": _face_matches(gallery, found),
        "FaceModelVersion": model_version(),
    }


def users_like_thing(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """By a face, or by all faces of a user. A user is not found by itself."""
    gallery = collection_of(caller, data)
    itself: Person | None = None
    if "FaceId" in data:
        faces = [_face(gallery, data["FaceId"])]
        said = {"SearchedFace": {"FaceId": str(faces[0].pk)}}
    else:
        itself = user_of(gallery, data["UserId"])
        faces = list(faces_of(gallery).filter(person=itself))
        said = {"SearchedUser": {"UserId": itself.external_id}}
    options = _options(gallery, PEOPLE, data["UserMatchThreshold"], MOST)
    found = _by_embedding(caller, faces, options) if faces else []
    if itself is not None:
        found = [match for match in found if match["id"] != str(itself.pk)]
    matches = _user_matches(gallery, found)[: data["MaxUsers"]]
    return said | {"UserMatches": matches, "FaceModelVersion": model_version()}


def users_like_image(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    options = _options(gallery, PEOPLE, data["UserMatchThreshold"], MOST)
    size, face, found = _by_photo(caller, data, options)
    everyone = look(caller.owner, "faces", [photo_of(data["Image"])], {"max_faces": MOST_FACES})
    return {
        "UserMatches": _user_matches(gallery, found)[: data["MaxUsers"]],
        "SearchedFace": {"FaceDetail": shapes.face_detail(face, size)},
        "UnsearchedFaces": [
            {"FaceDetails": shapes.face_detail(other, size), "Reasons": ["FACE_NOT_LARGEST"]}
            for other in largest_first(everyone["faces"])
            if other["index"] != face["index"]
        ],
        "FaceModelVersion": model_version(),
    }


def probability_of_user(
    caller: Caller, gallery: Gallery, face: Anchor, user: Person, seconds: float
) -> float:
    """Of a face to be this user's; 0 where the user is far from the most alike. Raises Busy after so
    many seconds."""
    found = _by_embedding(caller, [face], _options(gallery, PEOPLE, 0.0, MOST), seconds)
    return next((match["probability"] for match in found if match["id"] == str(user.pk)), 0.0)


def _options(gallery: Gallery, by: str, percent: float, limit: int) -> dict[str, Any]:
    return {
        "gallery_id": str(gallery.pk),
        "allow_empty": True,
        "by": by,
        "threshold": shapes.lowest_probability(percent),
        "limit": limit,
    }


def _face(gallery: Gallery, id: Any) -> Anchor:
    """Raises InvalidParameter."""
    found = faces_of(gallery).filter(pk=id).first()
    if found is None:
        raise InvalidParameter("The face id was not found in the collection.")
    return found


def _by_embedding(
    caller: Caller, faces: list[Anchor], options: dict[str, Any], seconds: float = LONGEST
) -> list[Match]:
    """What is like these faces of one person together."""
    rows = np.stack([decrypt_embedding(face.embedding) for face in faces])
    numbers = engine.template(rows) if len(rows) > 1 else rows[0]
    asked = options | {"embedding": [float(value) for value in numbers]}
    return look(caller.owner, "search", [], asked, seconds)["probes"][0]["matches"]


def _by_photo(
    caller: Caller, data: dict[str, Any], options: dict[str, Any]
) -> tuple[Size, Face, list[Match]]:
    """The photo's size, its largest face, and what is like that. Raises ImageRefused where there is no
    face, or it is too poor for the request's QualityFilter."""
    asked = options | {"faces": "largest", "any_quality": data["QualityFilter"] == "NONE"}
    seen = look(caller.owner, "search", [photo_of(data["Image"])], asked)
    (probe,) = seen["probes"]
    return seen["image"], probe["face"], probe["matches"]


def _face_matches(gallery: Gallery, found: list[Match]) -> list[dict[str, Any]]:
    rows = faces_of(gallery).select_related("person").in_bulk([match["id"] for match in found])
    version = model_version()
    return [
        {
            "Similarity": shapes.similarity(match["probability"]),
            "Face": told_face(rows[UUID(match["id"])], version),
        }
        for match in found
        if UUID(match["id"]) in rows  # it was deleted meanwhile
    ]


def _user_matches(gallery: Gallery, found: list[Match]) -> list[dict[str, Any]]:
    rows = users_of(gallery).in_bulk([match["id"] for match in found])
    return [
        {
            "Similarity": shapes.similarity(match["probability"]),
            "User": told_user(rows[UUID(match["id"])]),
        }
        for match in found
        if UUID(match["id"]) in rows  # somebody without an id of this interface's kind
    ]
