"""The rule that decides on two photos, on a person and in a search.

`match`: the score reaches the threshold of the chosen false-match rate, and the probability of the same
person is at least one half. `no_match`: that probability is at most `chance`. Everything between is
`inconclusive`: the evidence leans one way, but not far enough. So no outcome contradicts its own
probability, at any false-match rate and for any number of people searched.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision.conditions import Scaling
from ml.decision.logistic import sigmoid

CERTAINTY = 0.9999  # the most that some 60,000 held-out pairs of the same person can confirm
NO_MATCH_CHANCE = 0.10
EVEN = 0.5
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class Decision:
    """A decision on one score.

    Attributes:
        outcome: "match", "no_match" or "inconclusive".
        similarity, threshold: 0-1.
        probability: of the same person, 0-1.
        band: (low, high), the similarities between which the outcome is inconclusive; `high` is the
            threshold.
        false_match_rate: of the threshold.
    """

    outcome: str
    similarity: float
    probability: float
    threshold: float
    band: tuple[float, float]
    false_match_rate: float

    @property
    def confidence(self) -> float:
        """Calibrated probability that the outcome is right; of the same person if it is inconclusive."""
        return 1 - self.probability if self.outcome == "no_match" else self.probability

    @property
    def leaning(self) -> str | None:
        return leaning(self.outcome, self.probability)


def decide(logit: float, threshold: float, platt: Scaling, chance: float, rate: float) -> Decision:
    """Decide on one score, see `decisions`."""
    (made,) = decisions([logit], threshold, platt, chance, rate)
    return made


def decisions(
    logits, threshold: float, platt: Scaling, chance: float, rate: float
) -> list[Decision]:
    """Decide on scores, each by itself.

    Args:
        logits: the neuron's output before its sigmoid, float (n,).
        threshold: the logit from which on a match has the false-match rate `rate`.
        platt: from logits to probabilities.
        chance: the highest probability of the same person with the outcome "no_match".
    """
    low, high = (float(sigmoid(end)) for end in band(threshold, platt, chance))
    logits = np.asarray(logits, np.float64)
    found = zip(
        outcomes(logits, threshold, platt, chance).tolist(),
        sigmoid(logits).tolist(),
        probability(logits, platt).tolist(),
        strict=True,
    )
    return [Decision(*each, high, (low, high), rate) for each in found]


def outcomes(logits, threshold: float, platt: Scaling, chance: float) -> np.ndarray:
    """The outcome of each score. float (...) -> str (...)."""
    logits = np.asarray(logits, np.float64)
    same = probability(logits, platt)
    matched = (logits >= threshold) & (same >= EVEN)
    return np.where(matched, "match", np.where(same <= chance, "no_match", "inconclusive"))


def probability(logits, platt: Scaling) -> np.ndarray:
    """Calibrated probability of the same person, never more certain than `CERTAINTY`."""
    return sigmoid(platt.evidence(logits)).clip(1 - CERTAINTY, CERTAINTY)


def band(threshold: float, platt: Scaling, chance: float) -> tuple[float, float]:
    """The logits between which the outcome is inconclusive; from the upper one on it is a match."""
    return platt.logit_at(chance), max(threshold, platt.logit_at(EVEN))


def leaning(outcome: str, probability: float | None) -> str | None:
    """Which way an inconclusive verdict leans, "same" or "different"; None for other verdicts."""
    if outcome != "inconclusive" or probability is None:
        return None
    return SAME if probability >= EVEN else DIFFERENT


def checked_chance(chance: float) -> float:
    """The same chance, checked.

    Raises:
        ValueError: it is not between 0 and 0.5.
    """
    if not 0 < chance < EVEN:
        raise ValueError(
            f"The probability up to which two people count as different is {chance:g}: it must be "
            "between 0 and 0.5."
        )
    return float(chance)
