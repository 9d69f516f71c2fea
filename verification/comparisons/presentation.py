"""What a result page says and draws: words and coordinates, made from a verification's numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy

from .. import engine
from ..gallery.models import Anchor, Person
from ..photos.face_box import Box, face_boxes
from ..photos.quality import Measurement, quality_words
from ..text.dates import day_in_words
from ..text.numbers import decimal, milliseconds
from . import verdicts
from .kinds.base import Link, Role
from .kinds.registry import kind_of
from .models import Verification
from .selectors import photo_size
from .words import ERASED_WHY, MEANING, OF_EARLIER_RULE, WHICH_FACE, WORDS

STEPS = {
    "decode": gettext_lazy("Read the photos"),
    "detect": gettext_lazy("Find the faces"),
    "align": gettext_lazy("Align the faces"),
    "embed": gettext_lazy("Turn faces into numbers"),
    "compare": gettext_lazy("Compare the numbers"),
    "total": gettext_lazy("All together"),
}


@dataclass(frozen=True)
class Photo:
    """One of the two photos and the faces found on it."""

    which: str
    letter: str
    name: str
    within: str  # what it is called within a sentence
    file_name: str
    width: int | None
    height: int | None
    boxes: tuple[Box, ...]
    quality: tuple[Measurement, ...]
    conditions: tuple[tuple[str, str], ...]
    turned: int
    is_there: bool  # not erased since
    has_crop: bool

    @property
    def alt(self) -> str:
        return f"{self.name}{f', {self.file_name}' if self.file_name else ''}"

    @property
    def crop(self) -> str:
        return f"{self.which}_crop"

    @property
    def chosen_number(self) -> str:
        """The number of the face that was compared."""
        return "".join(str(box.number) for box in self.boxes if box.chosen)


@dataclass(frozen=True)
class Scale:
    """Places on the similarity axis as SVG percentages, and the numbers in words."""

    similarity: str
    threshold: str
    low: str
    high: str
    band_width: str
    above_width: str
    similarity_text: str
    threshold_text: str
    band_text: str
    description: str

    @classmethod
    def of(cls, similarity: float, threshold: float, low: float, high: float) -> Self:
        return cls(
            similarity=f"{similarity * 100:.2f}%",
            threshold=f"{threshold * 100:.2f}%",
            low=f"{low * 100:.2f}%",
            high=f"{high * 100:.2f}%",
            band_width=f"{(high - low) * 100:.2f}%",
            above_width=f"{(1 - high) * 100:.2f}%",
            similarity_text=decimal(similarity),
            threshold_text=decimal(threshold),
            band_text=gettext("%(low)s to %(high)s") % {"low": decimal(low), "high": decimal(high)},
            description=gettext(
                "Similarity %(similarity)s on a scale from 0 to 1. Threshold %(threshold)s; from "
                "%(low)s to %(high)s no verdict is given."
            )
            % {
                "similarity": decimal(similarity),
                "threshold": decimal(threshold),
                "low": decimal(low),
                "high": decimal(high),
            },
        )


class Result:
    """A verification as its page shows it."""

    def __init__(
        self,
        verification: Verification,
        people: dict[str, Person] | None = None,
        anchors: dict[str, Anchor] | None = None,
    ):
        """`people` and `anchors`: those of the gallery that the verdict names and that are still
        there, by id as text."""
        self.verification = verification
        self.kind = kind_of(verification)
        self.people, self._anchors = people or {}, anchors or {}

    @property
    def status(self) -> str:
        """Outcome of a finished comparison, else `waiting`, `refused` or `failed`."""
        v = self.verification
        return v.outcome or (v.state if v.is_finished else "waiting")

    @property
    def label(self) -> str:
        v = self.verification
        if v.can_choose_face:
            return str(WHICH_FACE[0])
        return str(self.kind.labels.get(v.outcome) or WORDS[v.outcome or v.state][0])

    @property
    def headline(self) -> str:
        v = self.verification
        if v.can_choose_face:
            return str(WHICH_FACE[1])
        words = self.kind.headlines.get(v.outcome)
        if self.leaning == "different":
            words = self.kind.doubt or words
        return words.format(name=self.who) if words else str(WORDS[v.outcome or v.state][1])

    @property
    def who(self) -> str:
        """The person compared with, or the best candidate of a search."""
        return self.kind.person_named(self.verification)

    @property
    def found(self) -> str:
        """Who was found; empty before there is a verdict, and where it names nobody."""
        return self.kind.found(self.verification) if self.verification.outcome else ""

    @property
    def again(self) -> Link:
        return self.kind.again(self.verification)

    @property
    def candidates(self) -> list[dict[str, Any]]:
        """A search's candidates, best first: name, person, similarity, and chance and outcome in
        words."""
        return [
            {
                "name": row["name"],
                "person": self.people.get(row["person_id"]),
                "similarity": decimal(row["similarity"]),
                "chance": engine.percent(row["probability"], short=True),
                "status": row["outcome"],
                "outcome": str(WORDS[row["outcome"]][0]),
                "is_of_earlier_rule": verdicts.is_of_earlier_rule(
                    row["outcome"], row["probability"]
                ),
            }
            for row in self.verification.candidates
        ]

    @property
    def anchor_scores(self) -> list[dict[str, Any]]:
        """Similarity of the probe to each of the person's anchors, highest first; `anchor` is None
        for one that is not there any more."""
        scores = sorted(
            self.verification.anchor_scores, key=lambda row: row["similarity"], reverse=True
        )
        return [
            {
                "similarity": decimal(row["similarity"]),
                "anchor": self._anchors.get(row["anchor_id"]),
            }
            for row in scores
        ]

    @property
    def person(self) -> Person | None:
        """The person whom the verdict is about; None when they are not in the gallery any more."""
        return self.people.get(self.kind.person_id(self.verification) or "")

    @property
    def name(self) -> str:
        return self.verification.title or self.kind.title(self.verification)

    @property
    def meaning(self) -> str:
        return str(
            OF_EARLIER_RULE if self.is_of_earlier_rule else MEANING[self.verification.outcome]
        )

    @property
    def odds(self) -> str:
        return engine.odds(self.verification.false_match_rate)

    @property
    def probability(self) -> float | None:
        return verdicts.probability_of(self.verification)

    @property
    def leaning(self) -> str | None:
        return verdicts.leaning_of(self.verification)

    @property
    def is_of_earlier_rule(self) -> bool:
        return verdicts.is_of_earlier_rule(self.verification.outcome, self.probability)

    @property
    def setting(self) -> str:
        """What the false-match rate means for this kind of comparison."""
        return str(self.kind.setting)

    @property
    def confidence(self) -> str:
        """How sure the verdict is, or which way it leans."""
        v = self.verification
        same = self.kind.whom(v)
        return verdicts.figure(v.outcome, self.probability, v.false_match_rate, same=same)

    @property
    def erased(self) -> list[str]:
        """What was erased of it since, as sentences."""
        v = self.verification
        why = ERASED_WHY.get(v.erased_why, "")
        told = (
            (v.photos_erased_at, gettext("Photos erased on %(day)s, %(why)s.")),
            (v.crops_erased_at, gettext("Cut-out faces erased on %(day)s, %(why)s.")),
            (v.name_erased_at, gettext("A name erased on %(day)s, %(why)s.")),
        )
        return [what % {"day": day_in_words(at), "why": why} for at, what in told if at]

    @property
    def poll_delay(self) -> str:
        """Often at first, when the verdict is a matter of tenths of a second; then less."""
        age = (timezone.now() - self.verification.enqueued_at).total_seconds()
        return "300ms" if age < 5 else "1s" if age < 30 else "3s"

    @property
    def refused_photo(self) -> Photo | None:
        return next((p for p in self.photos if p.which == self.verification.refusal_which), None)

    @cached_property
    def photos(self) -> list[Photo]:
        return [self._photo(role) for role in self.kind.roles]

    @cached_property
    def scale(self) -> Scale | None:
        v = self.verification
        if v.similarity is None or v.threshold is None:
            return None
        low = v.threshold if v.band_low is None else v.band_low
        high = v.threshold if v.band_high is None else v.band_high
        return Scale.of(v.similarity, v.threshold, low, high)

    @property
    def timings(self) -> list[tuple[str, str]]:
        timings = self.verification.timings
        return [
            (str(words), milliseconds(timings[step]))
            for step, words in STEPS.items()
            if step in timings
        ]

    def _photo(self, role: Role) -> Photo:
        v, which = self.verification, role.which
        face = (v.faces or {}).get(which) or {}
        faces = [face, *face.get("others", ())] if face else []
        if not faces and v.refusal_which == which:
            faces = v.refusal_faces
        size = face.get("image") or (_stored_size(v, which) if faces else {})
        return Photo(
            which=which,
            letter=role.letter,
            name=str(role.name),
            within=str(role.within),
            file_name=getattr(v, f"{which}_name"),
            width=size.get("width"),
            height=size.get("height"),
            boxes=face_boxes(faces, chosen=face),
            quality=quality_words(face.get("quality") or {}),
            conditions=tuple(
                engine.CONDITIONS[name]
                for name in face.get("conditions", ())
                if name in engine.CONDITIONS
            ),
            turned=face.get("turned", 0),
            is_there=bool(getattr(v, f"{which}_image")),
            has_crop=bool(getattr(v, f"{which}_crop")),
        )


def _stored_size(verification: Verification, which: str) -> dict[str, int]:
    width, height = photo_size(verification=verification, which=which)
    return {"width": width, "height": height}
