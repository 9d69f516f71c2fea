"""Do the probabilities of a search hold: what scores are worth as evidence, on people kept apart.

Measured twice: as decided, "tail" (see `ml.decision.tail`), and "line", by Platt scaling alone.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from ml.decision import rule
from ml.decision.conditions import Scaling
from ml.decision.gallery import Gallery
from ml.decision.tail import Measured

TAIL = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)  # shares of strangers, each row from one to the next
STATED = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0)  # ends of the groups of probabilities


@dataclass(frozen=True)
class First:
    """Logits of the nearest: of searches for people in the gallery, their own (n,) and the nearest other's
    (n,), and of searches for strangers (m,)."""

    own: np.ndarray
    other: np.ndarray
    strangers: np.ndarray


def of_searches(gallery: Gallery, anchors: int, people: int, first: First) -> dict:
    """The probability of the first candidate beside the share of them that are right, JSON-ready.

    Searches for people in the gallery and for strangers count half each, as the probability supposes. "error" is
    the expected calibration error: the mean difference of the two, over the groups of probabilities. "known" and
    "strangers" have their means in either kind of searches; no first candidate for a stranger is right.
    """
    found = np.concatenate([np.maximum(first.own, first.other), first.strangers])
    right = np.concatenate([first.own >= first.other, np.zeros(len(first.strangers), bool)])
    weights = _halves(len(first.own), len(first.strangers))
    stated = {
        name: rule.probability(found, scaling.among(people))
        for name, scaling in _both(gallery, anchors).items()
    }
    groups = {name: _groups(each, right, weights) for name, each in stated.items()}
    known = len(first.own)
    return {
        "log_loss": {name: _log_loss(each, right, weights) for name, each in stated.items()},
        "error": {name: _error(each) for name, each in groups.items()},
        "known": {name: _mean(each[:known]) for name, each in stated.items()}
        | {"right": _mean(right[:known])},
        "strangers": {name: _mean(each[known:]) for name, each in stated.items()},
        "groups": groups,
    }


def of_scores(gallery: Gallery, anchors: int, same: np.ndarray, strangers: np.ndarray) -> dict:
    """Log-loss of comparisons with one person, and by how few strangers reach a score the logarithm of its
    likelihood ratio, measured and stated; JSON-ready.

    Args:
        same, strangers: logits of people's own further photos and of strangers' with templates of so many
            anchors.
    """
    both = _both(gallery, anchors)
    right = np.repeat([True, False], [len(same), len(strangers)])
    weights = _halves(len(same), len(strangers))
    logits = np.concatenate([same, strangers])
    ends = [float(np.quantile(strangers, 1 - share)) for share in TAIL] + [np.inf]
    rows = []
    for share, low, high in zip(TAIL, ends, ends[1:], strict=False):
        inside, others = (part[(part >= low) & (part < high)] for part in (same, strangers))
        rows.append(
            {"from": share, "logit": round(low, 3), "same": len(inside), "strangers": len(others)}
            | {"measured": _log_ratio(len(inside) / len(same), len(others) / len(strangers))}
            | {name: _mean_ratio(scaling.evidence(inside)) for name, scaling in both.items()}
        )
    return {
        "anchors": anchors,
        "same": len(same),
        "strangers": len(strangers),
        "log_loss": {
            name: _log_loss(rule.probability(logits, scaling), right, weights)
            for name, scaling in both.items()
        },
        "tail": rows,
    }


def _both(gallery: Gallery, anchors: int) -> dict[str, Scaling]:
    scaling = gallery.scaling(anchors)
    return {"tail": scaling, "line": scaling.platt if isinstance(scaling, Measured) else scaling}


def _halves(one: int, other: int) -> np.ndarray:
    return np.repeat([0.5 / max(one, 1), 0.5 / max(other, 1)], [one, other])


def _log_loss(stated: np.ndarray, right: np.ndarray, weights: np.ndarray) -> float:
    return round(float(-(weights * np.log(np.where(right, stated, 1 - stated))).sum()), 5)


def _groups(stated: np.ndarray, right: np.ndarray, weights: np.ndarray) -> list[dict]:
    """By the probability: its mean, and the share that is right."""
    rows = []
    for low, high in itertools.pairwise(STATED):
        inside = (stated >= low) & (stated < high)
        if inside.any():
            told, held = (
                float(np.average(values[inside], weights=weights[inside]))
                for values in (stated, right)
            )
            rows.append(
                {"from": low, "to": high, "searches": int(inside.sum()), "stated": round(told, 4)}
                | {"right": round(held, 4), "weight": round(float(weights[inside].sum()), 4)}
            )
    return rows


def _error(groups: list[dict]) -> float:
    return round(sum(row["weight"] * abs(row["stated"] - row["right"]) for row in groups), 4)


def _mean(values: np.ndarray) -> float:
    return round(float(values.mean()), 4) if len(values) else 0.0


def _log_ratio(same: float, strangers: float) -> float | None:
    return round(float(np.log(same / strangers)), 2) if same and strangers else None


def _mean_ratio(evidence: np.ndarray) -> float | None:
    """The logarithm of the likelihood ratio of a range of scores in which photos of one person have this
    evidence: 1 / LR is how many strangers there are for each of them."""
    return round(float(-np.log(np.exp(-evidence).mean())), 2) if len(evidence) else None
