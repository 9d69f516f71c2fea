"""Reads, always scoped to an owner."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User

from ..comparisons.kinds.group import GROUP
from ..comparisons.models import Verification
from ..photos.face_box import Box, face_boxes
from .models import FaceGathering

Place = tuple[str, int]  # a verification's id, and the index of a face on its photo


@dataclass(frozen=True)
class UnknownFace:
    """A face on a group photo."""

    verification: Verification
    box: Box
    width: int
    height: int

    @property
    def place(self) -> str:
        """As forms send it."""
        return f"{self.verification.pk}:{self.box.index}"


@dataclass(frozen=True)
class Group:
    """Faces that are probably one person. `number` is its place in the stored list."""

    number: int
    faces: list[UnknownFace]


def group_photos(*, owner_id: UUID) -> QuerySet[Verification]:
    """The group photos with a verdict that are still there, the newest first."""
    rows = Verification.objects.filter(owner=owner_id, kind=GROUP.name, state="done")
    return rows.exclude(probe_image="").order_by("-created_at", "-id")


def unknown_places(row: Verification) -> list[Place]:
    """The faces that the verdict names nobody for."""
    return [
        (str(row.pk), entry["index"])
        for entry in row.named_faces
        if not entry["refusal"] and entry["outcome"] != Verification.Outcome.MATCH
    ]


def gathering_of(*, owner: User) -> FaceGathering | None:
    return FaceGathering.objects.filter(owner=owner).first()


def groups_of(gathering: FaceGathering) -> list[Group]:
    """Those of its faces whose photos are still there."""
    ids = {id for group in gathering.groups for id, _index in group}
    rows = group_photos(owner_id=gathering.owner_id).filter(pk__in=ids)
    there = {str(row.pk): row for row in rows}
    boxes = {id: {box.index: box for box in _boxes(row)} for id, row in there.items()}
    groups = []
    for number, places in enumerate(gathering.groups):
        faces = [
            _face(there[id], boxes[id][index]) for id, index in places if index in boxes.get(id, ())
        ]
        if faces:
            groups.append(Group(number, faces))
    return groups


def _boxes(row: Verification) -> tuple[Box, ...]:
    """Of all faces of the photo; none where what was found in it is not known any more."""
    probe: dict[str, Any] = row.faces.get("probe") or {}
    return face_boxes((probe, *probe.get("others", ()))) if probe.get("image") else ()


def _face(row: Verification, box: Box) -> UnknownFace:
    size = row.faces["probe"]["image"]
    return UnknownFace(row, box, size["width"], size["height"])
