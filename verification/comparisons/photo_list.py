"""The photos of a search, each in words."""

from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils.translation import gettext, ngettext

from ..text.numbers import decimal
from . import verdicts
from .compared_photos import SearchPhoto
from .models import Verification
from .words import WORDS

State = SearchPhoto.State


def photos_of(verification: Verification) -> QuerySet[SearchPhoto]:
    """The most similar first; then the refused and the waiting ones, in the order submitted."""
    return verification.photos.order_by(F("similarity").desc(nulls_last=True), "position")


@dataclass(frozen=True)
class PhotoRow:
    """One photo of a search, in words."""

    photo: SearchPhoto

    @property
    def status(self) -> str:
        """The outcome of one that is compared, else `refused` or `waiting`."""
        return self.photo.outcome or self.photo.state

    @property
    def name(self) -> str:
        return self.photo.file_name or gettext("Photo %(number)s") % {
            "number": self.photo.position + 1
        }

    @property
    def label(self) -> str:
        if self.photo.outcome:
            return str(WORDS[self.photo.outcome][0])
        return gettext("Photo refused") if self.photo.state == State.REFUSED else gettext("Waiting")

    @property
    def similarity(self) -> str:
        similarity = self.photo.similarity
        return "" if similarity is None else decimal(similarity)

    @property
    def confidence(self) -> str:
        """How sure its verdict is, or which way it leans."""
        photo = self.photo
        if not photo.outcome:
            return ""
        rate = photo.verification.false_match_rate
        return verdicts.figure(photo.outcome, verdicts.probability_of(photo), rate)


class PhotoList:
    """All photos of a search, and how many are compared."""

    def __init__(self, verification: Verification):
        self.rows = [PhotoRow(photo) for photo in photos_of(verification)]
        self.total = len(self.rows)
        self.compared = self.total - self._count("waiting")

    def _count(self, status: str) -> int:
        return sum(row.status == status for row in self.rows)

    @property
    def summary(self) -> str:
        """How many of each, in a sentence."""
        words = (
            ("match", gettext("same person")),
            ("inconclusive", gettext("cannot tell")),
            ("no_match", gettext("different people")),
            ("refused", gettext("refused")),
            ("waiting", gettext("waiting")),
        )
        parts = [f"{count} {word}" for status, word in words if (count := self._count(status))]
        number = ngettext("%(number)s photo", "%(number)s photos", self.total)
        return f"{number % {'number': self.total}}: {', '.join(parts)}."
