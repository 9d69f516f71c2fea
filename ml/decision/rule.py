"""What a score means: the one rule by which two photos, a person and a search are decided.

`match`: the score reaches the threshold of the false-match rate asked for, and the same person is at
least as probable as not. `no_match`: the probability of the same person is at most `chance`. All
between is `inconclusive`: the evidence leans one way, and not far enough. So no verdict says what its
own probability denies, at whatever rate, however many people are searched.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision.logistic import Platt, sigmoid

CERTAINTY = 0.9999  # what some 60,000 held-out pairs of the same person can still bear out
NO_MATCH_CHANCE = 0.10
EVEN = 0.5
SAME, DIFFERENT = "same", "different"


@dataclass(frozen=True)
class Decision:
    """similarity, probability of the same person and threshold 0-1; within `band` (low, high) of
    similarities the verdict stays open, `threshold` is its upper end."""

    outcome: str
    similarity: float
    probability: float
    threshold: float
    band: tuple[float, float]
    false_match_rate: float

    @property
    def confidence(self) -> float:
        """Calibrated probability that the outcome is right; of the same person where it is open."""
        return 1 - self.probability if self.outcome == "no_match" else self.probability

    @property
    def leaning(self) -> str | None:
        return leaning(self.outcome, self.probability)


def decide(logit: float, threshold: float, platt: Platt, chance: float, rate: float) -> Decision:
    """Decide on one score.

    Args:
        logit: of the two faces, the neuron before its sigmoid.
        threshold: the logit that the false-match rate `rate` asks for.
        platt: what a logit says of the probability.
        chance: the probability of the same person up to which people are told apart.
    """
    low, high = (float(sigmoid(end)) for end in band(threshold, platt, chance))
    (outcome,) = outcomes([logit], threshold, platt, chance)
    return Decision(
        str(outcome),
        float(sigmoid(logit)),
        float(probability(logit, platt)),
        high,
        (low, high),
        rate,
    )


def outcomes(logits, threshold: float, platt: Platt, chance: float) -> np.ndarray:
    """The outcome of each score. float (...) -> str (...)."""
    logits = np.asarray(logits, np.float64)
    same = probability(logits, platt)
    matched = (logits >= threshold) & (same >= EVEN)
    return np.select([matched, same <= chance], ["match", "no_match"], "inconclusive")


def probability(logits, platt: Platt) -> np.ndarray:
    """Calibrated probability of the same person, never more certain than `CERTAINTY`."""
    return sigmoid(platt.evidence(logits)).clip(1 - CERTAINTY, CERTAINTY)


def band(threshold: float, platt: Platt, chance: float) -> tuple[float, float]:
    """The logits between which a verdict stays open: the upper one is a match."""
    return platt.logit_at(chance), max(threshold, platt.logit_at(EVEN))


def leaning(outcome: str, probability: float | None) -> str | None:
    """Which way an open verdict leans: "same" or "different"; None for one that is not open."""
    if outcome != "inconclusive" or probability is None:
        return None
    return SAME if probability >= EVEN else DIFFERENT


def checked_chance(chance: float) -> float:
    """The chance, if people may be told apart by it.

    Raises:
        ValueError: it is not between 0 and 0.5.
    """
    if not 0 < chance < EVEN:
        raise ValueError(
            f"The chance up to which people are told apart is {chance:g}: it must be between 0 and 0.5."
        )
    return float(chance)
