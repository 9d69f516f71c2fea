"""What a score is worth where a face is covered, cut off, blurred, dark or small.

Each condition, and each pair of conditions of two faces, has its own Platt scaling. Evidence is the
calibrated logit: the logarithm of the odds that both photos show the same person. Two sunglasses look
alike whoever wears them, so thresholds move up to where as few strangers pass as of whole faces.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision.logistic import Platt


def key(a: str, b: str) -> str:
    """The name under which the calibration for two faces with one condition each is kept."""
    return "+".join(sorted((a, b)))


def speaking(fitted: dict, a=(), b=()) -> list[dict]:
    """Every calibration that speaks of two faces with conditions `a` and `b`.

    For a pair of conditions that was not fitted, those of either alone.
    """
    names = set()
    for one in a or (None,):
        for other in b or (None,):
            if one and other and key(one, other) in fitted:
                names.add(key(one, other))
            else:
                names.update(name for name in (one, other) if name in fitted)
    return [fitted[name] for name in sorted(names)]


@dataclass(frozen=True)
class Evidence:
    """Several Platt scalings that speak of one pair: the least certain one counts, and none where they
    disagree about which way it leans. It takes the place of a `Platt`."""

    scalings: tuple[Platt, ...]

    def among(self, people: int) -> "Evidence":
        """See `Platt.among`."""
        return Evidence(tuple(row.among(people) for row in self.scalings))

    def evidence(self, logits):
        """The logit of the probability, float (...) -> (...)."""
        values = np.stack([row.evidence(logits) for row in self.scalings])
        return np.maximum(values.min(axis=0), 0) + np.minimum(values.max(axis=0), 0)

    def logit_at(self, probability: float) -> float:
        """The neuron's logit from which all say at least this probability; below one half, up to which
        all say at most this one."""
        ends = [row.logit_at(probability) for row in self.scalings]
        return max(ends) if probability >= 0.5 else min(ends)


def scaling(base: Platt, fitted: dict, a=(), b=()) -> Platt | Evidence:
    """What scores between faces with conditions `a` and `b` are worth.

    Args:
        base: of whole faces.
        fitted: as from `ml.calibration.conditions.fit`.
    """
    found = tuple(Platt.of(row) for row in speaking(fitted, a, b))
    return Evidence(found) if found else base


def evidence(logits, base: dict, fitted: dict, a=(), b=()) -> np.ndarray:
    """The calibrated logits of scores between faces with conditions `a` and `b`, any shape.

    Args:
        base: {"slope", "intercept"} of whole faces.
    """
    return scaling(Platt.of(base), fitted, a, b).evidence(logits)


def moved(logit: float, fitted: dict, a=(), b=()) -> float:
    """The threshold for faces with conditions `a` and `b`, where whole faces have `logit`.

    It is where no more strangers pass, and never lower. Beyond what was measured it keeps the distance
    of the last rate that was.
    """
    needed = [float(logit)]
    for row in speaking(fitted, a, b):
        whole, asked = np.array(row["tail"]).T
        beyond = logit - np.clip(logit, whole[0], whole[-1])
        needed.append(float(np.interp(logit, whole, asked) + beyond))
    return max(needed)
