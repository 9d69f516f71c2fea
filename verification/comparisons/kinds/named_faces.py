"""The faces of a group photo with their names, as pages show them."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext

from ... import engine
from ...gallery.models import Person
from ...photos.face_box import Box
from ...text.numbers import decimal
from ...text.sentences import said
from .. import verdicts
from ..selectors import anchors_of_photo
from .base import INCONCLUSIVE, MATCH

if TYPE_CHECKING:
    from ..presentation import Result

LONGEST = 24  # characters of a name on the picture


@dataclass(frozen=True)
class Near:
    """Somebody of the gallery whom a face may show, and how probably, in words."""

    person: Person
    chance: str


@dataclass(frozen=True)
class NamedFace:
    """A face of a group photo.

    `number` counts from left to right, on the picture and in the list. `box` is missing once the photo
    is erased. `entry` is one of `Verification.named_faces`. `person`: the one of the gallery whom the
    verdict names; `told`: the one whom the owner has named since, by making this face one of theirs.
    """

    number: int
    box: Box | None
    entry: dict[str, Any]
    person: Person | None = None
    told: Person | None = None
    nearest: tuple[Near, ...] = ()

    @property
    def index(self) -> int:
        return self.entry["index"]

    @property
    def status(self) -> str:
        return self.entry["outcome"] or "refused"

    @property
    def label(self) -> str:
        """The verdict in the words of every verdict."""
        if self.entry["refusal"]:
            return gettext("Cannot be compared")
        return str(engine.OUTCOMES[self.status])

    @property
    def name(self) -> str:
        if self.told:
            return self.told.name
        if self.entry["refusal"]:
            return gettext("cannot be named")
        if self.entry["outcome"] == MATCH:
            return self.entry["name"] or gettext("somebody who was erased")
        if self.entry["outcome"] == INCONCLUSIVE:
            if not self.entry["name"]:
                return gettext("cannot tell")
            return gettext("perhaps {name}").format(name=self.entry["name"])
        return gettext("unknown")

    @property
    def can_be_named(self) -> bool:
        """Whether the owner may say who this is: not of a face that cannot be compared."""
        return bool(self.box and not self.entry["refusal"] and not self.told)

    @property
    def detail(self) -> str:
        if self.told:
            return gettext("Named by you; the verdict was given before.")
        if self.entry["refusal"]:
            return said(self.entry["refusal"]["detail"])
        if verdicts.is_of_earlier_rule(self.entry["outcome"], self.entry["probability"]):
            return f"{verdicts.EARLIER}."
        if self.entry.get("taken") and self.entry["name"]:
            return gettext("%(name)s is named at a face that is more alike.") % {
                "name": self.entry["name"]
            }
        return ""

    @property
    def chance(self) -> str:
        """Of being the person named or, for an unknown face, the nearest one of the gallery."""
        value = self.entry["probability"]
        return "" if value is None else engine.percent(value, short=True)

    @property
    def similarity(self) -> str:
        value = self.entry["similarity"]
        return "" if value is None else decimal(value)

    @property
    def short_name(self) -> str:
        return self.name if len(self.name) <= LONGEST else f"{self.name[: LONGEST - 1]}…"

    @property
    def text_x(self) -> str:
        return f"{self.box.left + self.box.width / 2:.1f}" if self.box else ""

    @property
    def text_y(self) -> str:
        if self.box is None:
            return ""
        return f"{self.box.top + self.box.height + self._text_size * 1.15:.1f}"

    @property
    def font_size(self) -> str:
        return f"{self._text_size:.1f}"

    @property
    def _text_size(self) -> float:
        return max(self.box.width / 5, 10) if self.box else 10


class NamedFaces:
    """A group photo with the faces named."""

    def __init__(self, result: "Result"):
        self.verification, self.people = result.verification, result.people
        (self.photo,) = result.photos

    @cached_property
    def faces(self) -> list[NamedFace]:
        """From left to right; once the photo is erased, the most prominent first."""
        entries = {entry["index"]: entry for entry in self.verification.named_faces}
        if not self.photo.is_there:
            return [self._face(n, None, entry) for n, entry in enumerate(entries.values(), 1)]
        boxes = [box for box in self.photo.boxes if box.index in entries]
        return [self._face(n, box, entries[box.index]) for n, box in enumerate(boxes, 1)]

    @cached_property
    def _told(self) -> dict[int, Person]:
        """Whom the owner has made these faces photos of, by the face's index."""
        anchors = anchors_of_photo(verification=self.verification)
        return {a.face_index: a.person for a in anchors if a.face_index is not None and a.person}

    def _face(self, number: int, box: Box | None, entry: dict[str, Any]) -> NamedFace:
        nearest = entry.get("nearest", [entry] if entry["person_id"] else [])
        return NamedFace(
            number=number,
            box=box,
            entry=entry,
            person=self.people.get(entry["person_id"]) if entry["outcome"] == MATCH else None,
            told=self._told.get(entry["index"]),
            nearest=tuple(
                Near(person, engine.percent(near["probability"], short=True))
                for near in nearest
                if (person := self.people.get(near["person_id"]))
            ),
        )

    def face(self, index: int) -> NamedFace | None:
        return next((face for face in self.faces if face.index == index), None)

    @property
    def dot(self) -> str:
        """The radius of the number on a face, in pixels of the photo: readable on a phone."""
        return f"{max((self.photo.width or 0) / 30, 9):.1f}"

    @property
    def summary(self) -> str:
        named = sum(face.status == MATCH or face.told is not None for face in self.faces)
        count = len(self.faces)
        words = ngettext(
            "%(named)s of %(number)s face named.", "%(named)s of %(number)s faces named.", count
        )
        return words % {"named": named, "number": count}
