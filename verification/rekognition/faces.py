"""Faces of a collection: anchors of a gallery, one for each face of a photo."""

import hashlib
import re
import time
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from ..gallery.gallery_models import Gallery
from ..gallery.models import Anchor
from ..gallery.services import anchors_add, nameless_anchors_delete
from ..jobs.waiting import wait_until_finished
from ..looks.services import LONGEST, look
from . import shapes
from .authentication import Caller
from .collections import collection_of, faces_of, model_version
from .errors import InternalError, Throttled
from .images import photo_of
from .looking import MOST_FACES, largest_first
from .page_tokens import page
from .shapes import Face
from .users import is_user, user_of

NOT_IN_TIME = "The faces were not indexed in time: send the request again."
FAILED = "Something went wrong on our side while a face was indexed."


def index(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """Each face that can be compared, or with the QualityFilter NONE each face, becomes an anchor, the
    largest first, and is found by the next search. The same bytes with the same ExternalImageId are not indexed again."""
    deadline = time.monotonic() + LONGEST
    gallery, photo = collection_of(caller, data), photo_of(data["Image"])
    any_quality = data["QualityFilter"] == "NONE"
    seen = look(caller.owner, "faces", [photo], {"max_faces": MOST_FACES})
    wanted: list[Face] = []
    unindexed: list[tuple[Face, str]] = []
    for face in largest_first(seen["faces"]):
        if face["problem"] and not any_quality:
            unindexed.append((face, shapes.reason(face["problem"])))
        elif len(wanted) == data["MaxFaces"]:
            unindexed.append((face, "EXCEEDS_MAX_FACES"))
        else:
            wanted.append(face)
    anchors = _stored(gallery, photo, wanted, data["ExternalImageId"], any_quality)
    records = []
    for face in wanted:
        anchor = _indexed(anchors[face["index"]], deadline)
        if anchor is None:
            unindexed.append((face, shapes.ANY_OTHER_REASON))
            continue
        detail = shapes.face_detail(face, seen["image"])
        records.append({"Face": told(anchor, model_version()), "FaceDetail": detail})
    return {
        "FaceRecords": records,
        "UnindexedFaces": [
            {"Reasons": [reason], "FaceDetail": shapes.face_detail(face, seen["image"])}
            for face, reason in unindexed
        ],
        "FaceModelVersion": model_version(),
    }


def every(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    gallery = collection_of(caller, data)
    rows = faces_of(gallery).select_related("person")
    limits = [f"faces {caller.owner.pk} {gallery.pk}"]
    if "UserId" in data:
        rows = rows.filter(person=user_of(gallery, data["UserId"]))
        limits.append(data["UserId"])
    if "FaceIds" in data:
        rows = rows.filter(pk__in=data["FaceIds"])
        ids = "".join(sorted(id.hex for id in data["FaceIds"]))
        limits.append(hashlib.sha256(ids.encode()).hexdigest())
    found, more = page(rows, data, list_of=" ".join(limits))
    version = model_version()
    return {"Faces": [told(row, version) for row in found], "FaceModelVersion": version} | more


def delete(caller: Caller, data: dict[str, Any]) -> dict[str, Any]:
    """A face of a user stays until it is disassociated."""
    gallery, found = collection_of(caller, data), {}
    for row in faces_of(gallery).filter(pk__in=data["FaceIds"]).select_related("person"):
        found[row.pk] = row
    free = [id for id, row in found.items() if row.person_id is None]
    kept: list[dict[str, Any]] = []
    for id in dict.fromkeys(data["FaceIds"]):
        if id not in found:
            kept.append(refused(id, "FACE_NOT_FOUND"))
        elif id not in free:
            kept.append(refused(id, "ASSOCIATED_TO_AN_EXISTING_USER", found[id]))
    if free:
        nameless_anchors_delete(gallery=gallery, anchors=free)
    deleted = {"DeletedFaces": [str(id) for id in free]} if free else {}
    return {"UnsuccessfulFaceDeletions": kept} | deleted


def told(anchor: Anchor, version: str) -> dict[str, Any]:
    """A face of a collection. `anchor.person` has been read."""
    face: Face = anchor.face
    shape: dict[str, Any] = {
        "FaceId": str(anchor.pk),
        "ImageId": str(anchor.photo_id),
        "IndexFacesModelVersion": version,
    }
    if face.get("image"):
        shape |= shapes.found_face(face, face["image"])
    if re.fullmatch(shapes.IMAGE, anchor.external_id):
        shape["ExternalImageId"] = anchor.external_id
    if is_user(anchor.person):
        shape["UserId"] = anchor.person.external_id
    return shape


def refused(id: UUID, reason: str, anchor: Anchor | None = None) -> dict[str, Any]:
    """A face that an operation on several leaves as it is."""
    shape: dict[str, Any] = {"FaceId": str(id), "Reasons": [reason]}
    if anchor is not None and is_user(anchor.person):
        shape["UserId"] = anchor.person.external_id
    return shape


def _stored(
    gallery: Gallery,
    photo: bytes,
    faces: Iterable[Face],
    external_id: str,
    any_quality: bool,
) -> dict[int, Anchor]:
    """The anchors of these faces of a photo, by the face's index: those that the gallery has already,
    whoever they belong to by now, and else new ones."""
    same: QuerySet[Anchor] = Anchor.objects.filter(
        gallery=gallery,
        origin_sha256=hashlib.sha256(photo).hexdigest(),
        external_id=external_id,
        face_index__isnull=False,
    )
    found = {row.face_index or 0: row for row in same.select_related("person")}
    missing = [face["index"] for face in faces if face["index"] not in found]
    if missing:
        added = anchors_add(
            gallery=gallery,
            data=photo,
            faces=missing,
            external_id=external_id,
            any_quality=any_quality,
        )
        found |= dict(zip(missing, added, strict=True))
    return found


def _indexed(anchor: Anchor, deadline: float) -> Anchor | None:
    """The anchor once its face is embedded; None if it was refused, which leaves no row. Raises
    Throttled where that takes too long: the next request finds the row."""
    rows = Anchor.objects.select_related("person")
    row = wait_until_finished(Anchor, anchor.pk, deadline - time.monotonic(), rows)
    if row is not None and not row.is_finished:
        raise Throttled(NOT_IN_TIME, 1)
    if row is None or row.state == Anchor.State.READY:
        return row
    nameless_anchors_delete(gallery=row.gallery, anchors=[row], erase=True)
    if row.state == Anchor.State.FAILED:
        raise InternalError(FAILED)
    return None
