"""What a score is worth where a face is covered, cut off, blurred, dark or small.

Each condition, and each pair of conditions of two faces, has its own Platt scaling. Evidence is the
calibrated logit: the logarithm of the odds that both photos show the same person. Two sunglasses look
alike whoever wears them, so thresholds move up to where as few strangers pass as of whole faces.
"""

import numpy as np


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


def evidence(logits, base: dict, fitted: dict, a=(), b=()) -> np.ndarray:
    """The calibrated logits of scores between faces with conditions `a` and `b`.

    Where several calibrations speak of a pair the least certain one counts, and none where they
    disagree about which way it leans.

    Args:
        logits: the head's, any shape.
        base: {"slope", "intercept"} of whole faces.
        fitted: as from `ml.calibration.conditions.fit`.
    """
    logits = np.asarray(logits, np.float64)
    found = speaking(fitted, a, b) or [base]
    values = np.stack([row["slope"] * logits + row["intercept"] for row in found])
    return np.maximum(values.min(axis=0), 0) + np.minimum(values.max(axis=0), 0)


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
