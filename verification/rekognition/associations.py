"""Faces given to users and taken from them."""

import time
from typing import Any
from uuid import UUID

from ..gallery.gallery_models import Gallery
from ..gallery.models import Anchor, Person
from ..gallery.services import anchors_give, anchors_take
from ..looks.services import LONGEST
from . import shapes
from .authentication import Caller
from .collections import collection_of, faces_of
from .repeats import once_by_token
from .searches import probability_of_user
from .users import ACTIVE, is_user, user_of


@once_by_token
def associate(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """A face that is less like the faces that the user has already than UserMatchThreshold stays alone; the
    first faces of a user are taken as they are. One that the user has already is told as associated."""
    gallery = collection_of(caller, data)
    user = user_of(gallery, data["UserId"])
    lowest = shapes.lowest_probability(data["UserMatchThreshold"])
    found = _faces(gallery, data["FaceIds"])
    deadline = time.monotonic() + LONGEST
    has_faces = user.anchors.filter(state=Anchor.State.READY).exists()
    there, taken, left = [], [], []
    for id in dict.fromkeys(data["FaceIds"]):
        face = found.get(id)
        if face is None:
            left.append(_left(id, "FACE_NOT_FOUND"))
        elif face.person_id == user.pk:
            there.append(id)
        elif face.person_id is not None:
            left.append(_left(id, "ASSOCIATED_TO_A_DIFFERENT_USER", face.person))
        elif has_faces and lowest:
            left_over = deadline - time.monotonic()
            probability = probability_of_user(caller, gallery, face, user, left_over)
            if probability < lowest:
                confidence = {"Confidence": shapes.similarity(probability)}
                left.append(_left(id, "LOW_MATCH_CONFIDENCE") | confidence)
            else:
                taken.append(id)
        else:
            taken.append(id)
    if taken:
        anchors_give(anchors=taken, to=user)
    return {
        "AssociatedFaces": [{"FaceId": str(id)} for id in (*there, *taken)],
        "UnsuccessfulFaceAssociations": left,
        "UserStatus": ACTIVE,
    }


@once_by_token
def disassociate(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    user = user_of(gallery, data["UserId"])
    found = _faces(gallery, data["FaceIds"])
    taken, left = [], []
    for id in dict.fromkeys(data["FaceIds"]):
        face = found.get(id)
        if face is None:
            left.append(_left(id, "FACE_NOT_FOUND"))
        elif face.person_id != user.pk:
            reason = "ASSOCIATED_TO_A_DIFFERENT_USER" if face.person_id else "FACE_NOT_FOUND"
            left.append(_left(id, reason, face.person))
        else:
            taken.append(id)
    if taken:
        anchors_take(person=user, anchors=taken)
    return {
        "DisassociatedFaces": [{"FaceId": str(id)} for id in taken],
        "UnsuccessfulFaceDisassociations": left,
        "UserStatus": ACTIVE,
    }


def _faces(gallery: Gallery, ids: list[UUID]) -> dict[UUID, Anchor]:
    return {row.pk: row for row in faces_of(gallery).filter(pk__in=ids).select_related("person")}


def _left(id: UUID, reason: str, person: Person | None = None) -> dict[str, Any]:
    named = {"UserId": person.external_id} if is_user(person) else {}
    return {"FaceId": str(id), "Reasons": [reason]} | named
