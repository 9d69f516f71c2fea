"""What a score means if a face is covered, cut off, blurred, dark or small.

Each condition, and each pair of conditions of two faces, has its own Platt scaling. Evidence is the
calibrated logit: the logarithm of the odds that both photos show the same person. Two people with
sunglasses look alike, so thresholds rise until as few strangers match as with whole faces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.decision.logistic import Platt
from ml.decision.tail import Measured

Conditions = Sequence[str]


def key(a: str, b: str) -> str:
    """The key of the calibration for two faces with one condition each."""
    return "+".join(sorted((a, b)))


def applicable(fitted: dict, a: Conditions = (), b: Conditions = ()) -> list[dict]:
    """Every calibration that applies to two faces with conditions `a` and `b`.

    For a pair of conditions that was not fitted, those of each condition alone.
    """
    names: set[str] = set()
    for one in a or (None,):
        for other in b or (None,):
            if one and other and key(one, other) in fitted:
                names.add(key(one, other))
            else:
                names.update(name for name in (one, other) if name and name in fitted)
    return [fitted[name] for name in sorted(names)]


@dataclass(frozen=True)
class Evidence:
    """Several Platt scalings that apply to one pair, used in place of a single `Platt`.

    The least certain one counts. Where they lean in different directions there is no evidence.
    """

    scalings: tuple[Platt | Measured, ...]

    def among(self, people: int) -> "Evidence":
        """As `Platt.among`."""
        return Evidence(tuple(row.among(people) for row in self.scalings))

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        values = np.stack([row.evidence(logits) for row in self.scalings])
        return np.maximum(values.min(axis=0), 0) + np.minimum(values.max(axis=0), 0)

    def logit_at(self, probability: float) -> float:
        """The neuron's logit from which on all scalings give at least this probability.

        For a probability below one half, the logit up to which all give at most this probability.
        """
        ends = [row.logit_at(probability) for row in self.scalings]
        return max(ends) if probability >= 0.5 else min(ends)


Scaling = Platt | Measured | Evidence


def scaling(base: Platt, fitted: dict, a: Conditions = (), b: Conditions = ()) -> Scaling:
    """The scaling of scores between faces with conditions `a` and `b`.

    Args:
        base: for whole faces.
        fitted: from `ml.calibration.conditions.fit`.
    """
    scalings = tuple(Platt.of(row) for row in applicable(fitted, a, b))
    return Evidence(scalings) if scalings else base


def evidence(
    logits, base: dict, fitted: dict, a: Conditions = (), b: Conditions = ()
) -> np.ndarray:
    """The calibrated logits of scores between faces with conditions `a` and `b`, any shape.

    Args:
        base: {"slope", "intercept"} for whole faces.
    """
    return scaling(Platt.of(base), fitted, a, b).evidence(logits)


def moved(logit: float, fitted: dict, a: Conditions = (), b: Conditions = ()) -> float:
    """The threshold for faces with conditions `a` and `b`, if `logit` is that for whole faces.

    No more strangers reach it than whole faces' threshold, and it is never lower. Beyond the measured
    rates it keeps the distance of the last measured rate.
    """
    return max([float(logit), *(float(asked(logit, row)) for row in applicable(fitted, a, b))])


def asked(logits, row: dict):
    """The logits that as many strangers with one fitted condition reach as whole faces reach `logits`."""
    logits = np.asarray(logits, np.float64)
    whole, moved = np.array(row["tail"]).T
    return np.interp(logits, whole, moved) + logits - np.clip(logits, whole[0], whole[-1])
