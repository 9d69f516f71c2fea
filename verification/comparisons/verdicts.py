"""What a stored verdict says, whatever kind of row it is: its chance, its leaning, its figure.

Verdicts of an earlier rule stay as they were given. That rule counted everything far enough below the
threshold as different people, also where the same person was the more probable.
"""

from typing import Protocol

from django.utils.translation import gettext, gettext_lazy

from .. import engine
from ..text.sentences import said


class HasVerdict(Protocol):
    """A verification, a photo of a search, or a pair of a batch."""

    @property
    def outcome(self) -> str: ...
    @property
    def probability(self) -> float | None: ...
    @property
    def confidence(self) -> float | None: ...


EARLIER = gettext_lazy("Decided by an earlier rule")


def probability_of(row: HasVerdict) -> float | None:
    """The chance of the same person; where it was not stored, what the confidence implies."""
    if row.probability is not None:
        return row.probability
    return probability_behind(row.outcome, row.confidence)


def probability_behind(outcome: str, confidence: float | None) -> float | None:
    """The chance of the same person behind a confidence."""
    if confidence is None:
        return None
    return round(1 - confidence, 6) if outcome == "no_match" else confidence


def leaning_of(row: HasVerdict) -> str | None:
    """Which way an open verdict leans, "same" or "different"; None for one that is not open."""
    return engine.leaning(row.outcome, probability_of(row))


def is_of_earlier_rule(outcome: str | None, probability: float | None) -> bool:
    """Whether the outcome is one that its own probability denies, which today's rule never gives."""
    if probability is None:
        return False
    return (outcome == "no_match" and probability > 0.5) or (
        outcome == "match" and probability < 0.5
    )


def figure(
    outcome: str, probability: float | None, rate: float, *, same: str = "the same person"
) -> str:
    """The line under a verdict: how sure it is, or which way it leans.

    `same`: what a match would say, "the same person" or a name.
    """
    if probability is None:
        return ""
    if outcome == "inconclusive":
        return engine.leans(probability, rate, same=same)
    if is_of_earlier_rule(outcome, probability):
        return gettext("Decided by an earlier rule; chance of %(name)s: %(chance)s") % {
            "name": said(same),
            "chance": engine.percent(probability),
        }
    sure = 1 - probability if outcome == "no_match" else probability
    return gettext("Confidence: %(chance)s") % {"chance": engine.percent(sure)}
