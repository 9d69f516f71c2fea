"""What the results of searches say and draw."""

from dataclasses import dataclass
from functools import cached_property

from ... import engine
from ...photos.face_box import Box, face_box
from .. import verdicts
from ..compared_photos import SearchPhoto
from ..models import Verification
from ..presentation import Result
from ..words import WORDS
from .many_selectors import photos_of

State = SearchPhoto.State
Outcome = Verification.Outcome


@dataclass(frozen=True)
class PhotoRow:
    """One photo of a search, in words."""

    photo: SearchPhoto

    @property
    def kind(self) -> str:
        return self.photo.outcome or self.photo.state

    @property
    def name(self) -> str:
        return self.photo.file_name or f"Photo {self.photo.position + 1}"

    @property
    def label(self) -> str:
        if self.photo.outcome:
            return WORDS[self.photo.outcome][0]
        return "Photo refused" if self.photo.state == State.REFUSED else "Waiting"

    @property
    def similarity(self) -> str:
        return f"{self.photo.similarity:.3f}" if self.photo.outcome else ""

    @property
    def confidence(self) -> str:
        """How sure its verdict is, or which way it leans."""
        photo = self.photo
        if not photo.outcome:
            return ""
        rate = photo.verification.false_match_rate
        return verdicts.figure(photo.outcome, verdicts.probability_of(photo), rate)


class Photos:
    """All photos of a search, and how far it is."""

    def __init__(self, verification: Verification):
        self.rows = [PhotoRow(photo) for photo in photos_of(verification)]
        self.total = len(self.rows)
        self.waiting = sum(row.photo.state == State.WAITING for row in self.rows)
        self.looked_at = self.total - self.waiting

    def _count(self, kind: str) -> int:
        return sum(row.kind == kind for row in self.rows)

    @property
    def summary(self) -> str:
        """How many of each, in a sentence."""
        words = (
            ("match", "same person"),
            ("inconclusive", "cannot tell"),
            ("no_match", "different people"),
            ("refused", "refused"),
            ("waiting", "waiting"),
        )
        parts = [f"{count} {word}" for kind, word in words if (count := self._count(kind))]
        return f"{self.total} photo{'' if self.total == 1 else 's'}: {', '.join(parts)}."


@dataclass(frozen=True)
class NamedFace:
    """A face of a group photo, its box and who it is."""

    box: Box
    entry: dict

    @property
    def kind(self) -> str:
        return self.entry["outcome"] or "refused"

    @property
    def name(self) -> str:
        if self.entry["refusal"]:
            return "cannot be named"
        if self.entry["outcome"] == Outcome.MATCH:
            return self.entry["name"]
        if self.entry["outcome"] == Outcome.INCONCLUSIVE:
            return f"perhaps {self.entry['name']}" if self.entry["name"] else "cannot tell"
        return "unknown"

    @property
    def detail(self) -> str:
        if self.entry["refusal"]:
            return self.entry["refusal"]["detail"]
        if verdicts.is_of_earlier_rule(self.entry["outcome"], self.entry["probability"]):
            return f"{verdicts.EARLIER}."
        if self.entry.get("taken"):
            return f"{self.entry['name']} is named at a face that is more alike."
        return ""

    @property
    def chance(self) -> str:
        """Of being the one named or, for an unknown face, the nearest one of the gallery."""
        value = self.entry["probability"]
        return "" if value is None else engine.percent(value, short=True)

    @property
    def similarity(self) -> str:
        value = self.entry["similarity"]
        return "" if value is None else f"{value:.3f}"

    @property
    def person_id(self) -> str | None:
        return self.entry["person_id"]

    @property
    def short_name(self) -> str:
        return self.name if len(self.name) <= 24 else f"{self.name[:23]}…"

    @property
    def text_x(self) -> str:
        return f"{self.box.left + self.box.width / 2:.1f}"

    @property
    def text_y(self) -> str:
        return f"{self.box.top + self.box.height + self.text_size * 1.15:.1f}"

    @property
    def text_size(self) -> float:
        return max(self.box.width / 5, 10)

    @property
    def font_size(self) -> str:
        return f"{self.text_size:.1f}"


class Group:
    """A group photo with the faces named."""

    def __init__(self, verification: Verification):
        self.verification = verification
        self.photo = Result(verification).photos[0]

    @cached_property
    def faces(self) -> list[NamedFace]:
        probe = self.verification.faces.get("probe") or {}
        found = {face["index"]: face for face in (probe, *probe.get("others", ())) if face}
        return [
            NamedFace(face_box(found[entry["index"]], chosen=False), entry)
            for entry in self.verification.named_faces
            if entry["index"] in found
        ]

    @property
    def summary(self) -> str:
        named = sum(face.kind == "match" for face in self.faces)
        count = len(self.faces)
        return f"{named} of {count} face{'' if count == 1 else 's'} named."
