"""What a score is worth where a face is covered, cut off, blurred, dark or small.

Each condition, and each pair of conditions of two faces, has its own Platt scaling. Evidence is the
calibrated logit: the logarithm of the odds that both photos show the same person. Thresholds are held
to the evidence that they ask of whole faces, so they move where a score says less.
"""

import numpy as np


def key(a: str, b: str) -> str:
    """The name under which the calibration for two faces with one condition each is kept."""
    return "+".join(sorted((a, b)))


def lines(fitted: dict, a=(), b=()) -> list[tuple[float, float]]:
    """Slope and intercept of every calibration that speaks of two faces with conditions `a` and `b`.

    For a pair of conditions that was not fitted, those of either alone.
    """
    names = set()
    for one in a or (None,):
        for other in b or (None,):
            if one and other and key(one, other) in fitted:
                names.add(key(one, other))
            else:
                names.update(name for name in (one, other) if name in fitted)
    return [(fitted[name]["slope"], fitted[name]["intercept"]) for name in sorted(names)]


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
    found = lines(fitted, a, b) or [(base["slope"], base["intercept"])]
    values = np.stack([slope * logits + intercept for slope, intercept in found])
    return np.maximum(values.min(axis=0), 0) + np.minimum(values.max(axis=0), 0)


def moved(logit: float, base: dict, fitted: dict, a=(), b=()) -> float:
    """The logit at which faces with conditions `a` and `b` give the evidence that `logit` gives for
    whole ones."""
    asked = base["slope"] * logit + base["intercept"]
    found = lines(fitted, a, b)
    if not found:
        return float(logit)
    ends = [(asked - intercept) / slope for slope, intercept in found]
    return float(max(ends) if asked >= 0 else min(ends))
