"""Error rates of face verification, from scores to figures.

A score is a real number, higher for more alike. A *genuine* score comes from a pair of one
person, an *impostor* score from a pair of two. A pair matches when `score >= threshold`:

    FMR(t)  = share of impostor scores >= t        (false-match rate)
    FNMR(t) = share of genuine scores  <  t        (false-non-match rate)
    TMR(t)  = 1 - FNMR(t)                          (true-match rate)

The terms are those of ISO/IEC 19795-1. All rates are fractions of 1, never per cent.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.metrics import precision_score, recall_score, roc_auc_score, roc_curve

CONFIDENT = 0.9  # lowest probability of an answer that counts as confident


class ErrorRates(NamedTuple):
    """FMR and FNMR, each (n,), at `thresholds` (n,) in falling order.

    The first threshold is infinite, so FMR starts at 0 and FNMR at 1.
    """

    thresholds: np.ndarray
    fmr: np.ndarray
    fnmr: np.ndarray


class CalibrationBin(NamedTuple):
    """The pairs whose probability is in [low, high), and how many of them show one person."""

    low: float
    high: float
    count: int  # type: ignore[assignment]  # not the method of tuples
    mean_probability: float
    share_genuine: float


def _scores(values, name: str) -> np.ndarray:
    array = np.asarray(values, dtype=np.float64).ravel()
    if array.size == 0:
        raise ValueError(f"no {name} scores: at least one is needed")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} scores must be finite numbers")
    return array


def _labelled(genuine, impostor) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores as scikit-learn takes them."""
    genuine, impostor = _scores(genuine, "genuine"), _scores(impostor, "impostor")
    return np.repeat([1, 0], [genuine.size, impostor.size]), np.concatenate([genuine, impostor])


def _scored_pairs(scores, labels) -> tuple[np.ndarray, np.ndarray]:
    scores = _scores(scores, "pair")
    labels = np.asarray(labels).ravel().astype(bool)
    if scores.shape != labels.shape:
        raise ValueError(f"{scores.size} scores but {labels.size} labels")
    return scores, labels


def fmr(impostor, threshold: float) -> float:
    """False-match rate: the share of impostor scores at or above the threshold."""
    return float(np.mean(_scores(impostor, "impostor") >= threshold))


def fnmr(genuine, threshold: float) -> float:
    """False-non-match rate: the share of genuine scores below the threshold."""
    return float(np.mean(_scores(genuine, "genuine") < threshold))


def threshold_at_fmr(impostor, fmr: float) -> float:
    """The smallest threshold that at most a share `fmr` of the impostor scores reach.

    That is the next number above the highest impostor score that must not match. If all may match
    (`fmr` is 1), it is the lowest impostor score.
    """
    if not 0 <= fmr <= 1:
        raise ValueError(f"a false-match rate must be between 0 and 1, not {fmr}")
    falling = np.sort(_scores(impostor, "impostor"))[::-1]
    # The small addend corrects products such as 0.001 * 3000, which is 2.9999...
    permitted = int(np.floor(fmr * falling.size + 1e-9))
    if permitted >= falling.size:
        return float(falling[-1])
    return float(np.nextafter(falling[permitted], np.inf))


def fnmr_at_fmr(genuine, impostor, fmr: float) -> float:
    """False-non-match rate at the threshold for this false-match rate."""
    return fnmr(genuine, threshold_at_fmr(impostor, fmr))


def tmr_at_fmr(genuine, impostor, fmr: float) -> float:
    """True-match rate at the threshold for this false-match rate."""
    return 1.0 - fnmr_at_fmr(genuine, impostor, fmr)


def error_rates(genuine, impostor) -> ErrorRates:
    """FMR and FNMR at every threshold that changes either: the points of ROC and DET curves."""
    fmr, tmr, thresholds = roc_curve(*_labelled(genuine, impostor), drop_intermediate=False)
    return ErrorRates(thresholds, fmr, 1.0 - tmr)


def equal_error_rate(genuine, impostor) -> float:
    """The rate at which FMR and FNMR are equal.

    Between the two thresholds where they cross, both curves are interpolated linearly.
    """
    rates = error_rates(genuine, impostor)
    gap = rates.fmr - rates.fnmr  # rises from -1 to +1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    part = -gap[before] / (gap[after] - gap[before])
    return float(rates.fmr[before] + part * (rates.fmr[after] - rates.fmr[before]))


def roc_auc(genuine, impostor) -> float:
    """Area under the ROC curve: the probability that a genuine score exceeds an impostor score."""
    return float(roc_auc_score(*_labelled(genuine, impostor)))


def best_accuracy_threshold(scores, labels) -> float:
    """The threshold that classifies most pairs correctly, halfway between two scores.

    The middle one of several equally good thresholds is taken, so that neither kind of pair is favoured.
    """
    scores, labels = _scored_pairs(scores, labels)
    distinct = np.unique(scores)
    cuts = np.concatenate(
        [[distinct[0]], (distinct[:-1] + distinct[1:]) / 2, [np.nextafter(distinct[-1], np.inf)]]
    )
    genuine, impostor = np.sort(scores[labels]), np.sort(scores[~labels])
    right = (genuine.size - np.searchsorted(genuine, cuts, side="left")) + np.searchsorted(
        impostor, cuts, side="left"
    )
    best = np.flatnonzero(right == right.max())
    return float(cuts[best[len(best) // 2]])


def accuracy_at(scores, labels, threshold: float) -> float:
    """Share of pairs whose `score >= threshold` agrees with the label."""
    scores, labels = _scored_pairs(scores, labels)
    return float(np.mean((scores >= threshold) == labels))


def precision_recall_at(scores, labels, threshold: float) -> tuple[float, float]:
    """Precision and recall of "same person". Precision is 1 if nothing matches."""
    scores, labels = _scored_pairs(scores, labels)
    matched = scores >= threshold
    precision = precision_score(labels, matched, zero_division=1.0)
    return float(precision), float(recall_score(labels, matched, zero_division=0.0))


def kfold_accuracy(scores, labels, folds) -> tuple[float, float, list[float]]:
    """Accuracy by LFW's View-2 protocol (Huang et al., 2007).

    Each fold is measured at the threshold that is best on all other folds.

    Args:
        folds: (n,), the fold of each pair.

    Returns:
        the mean over folds, their standard deviation (as from `numpy.std`), and the accuracies in the
        order of the sorted folds.
    """
    scores, labels = _scored_pairs(scores, labels)
    folds = np.asarray(folds).ravel()
    if folds.shape != scores.shape:
        raise ValueError(f"{scores.size} scores but {folds.size} fold numbers")
    names = np.unique(folds)
    if names.size < 2:
        raise ValueError(
            "at least two folds are needed: the threshold for one comes from the others"
        )
    per_fold = []
    for name in names:
        held_out = folds == name
        threshold = best_accuracy_threshold(scores[~held_out], labels[~held_out])
        per_fold.append(accuracy_at(scores[held_out], labels[held_out], threshold))
    return float(np.mean(per_fold)), float(np.std(per_fold)), per_fold


def bootstrap_interval(
    statistic: Callable[..., float],
    *samples,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval of `statistic(*samples)` (Efron, 1979).

    Args:
        samples: arrays whose rows are resampled with replacement, independently of one another, such
            as genuine and impostor scores. Pairs that share a person are not quite independent, so
            intervals are somewhat too narrow.
    """
    arrays = [np.asarray(sample) for sample in samples]
    if not arrays or any(array.shape[0] == 0 for array in arrays):
        raise ValueError("a bootstrap needs at least one row in every sample")
    generator = np.random.default_rng(seed)
    values = [
        statistic(
            *(array[generator.integers(0, array.shape[0], array.shape[0])] for array in arrays)
        )
        for _ in range(resamples)
    ]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return float(low), float(high)


def calibration_table(probabilities, labels, bins: int = 10) -> list[CalibrationBin]:
    """Reliability table: pairs in bins of probability of equal width; empty bins are left out."""
    probabilities, labels = _scored_pairs(probabilities, labels)
    if probabilities.min() < 0 or probabilities.max() > 1:
        raise ValueError("probabilities must be between 0 and 1")
    if bins < 1:
        raise ValueError("at least one bin is needed")
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    table = []
    for index in np.unique(which):
        inside = which == index
        table.append(
            CalibrationBin(
                index / bins,
                (index + 1) / bins,
                int(inside.sum()),
                float(probabilities[inside].mean()),
                float(labels[inside].mean()),
            )
        )
    return table


def expected_calibration_error(probabilities, labels, bins: int = 10) -> float:
    """Mean difference between probability and frequency, weighted by bin (Naeini et al., 2015)."""
    table = calibration_table(probabilities, labels, bins)
    total = sum(row.count for row in table)
    return float(
        sum(row.count * abs(row.mean_probability - row.share_genuine) for row in table) / total
    )


def balanced_calibration_error(genuine, impostor, bins: int = 10) -> float:
    """`expected_calibration_error`, weighted as for equally many pairs of one person and of two.

    Args:
        genuine, impostor: probabilities of the same person for pairs of each kind.
    """
    shares, sums = [], []
    for probabilities in (_scores(genuine, "genuine"), _scores(impostor, "impostor")):
        which = np.minimum((probabilities * bins).astype(int), bins - 1)
        shares.append(np.bincount(which, minlength=bins) / probabilities.size)
        sums.append(np.bincount(which, probabilities, bins) / probabilities.size)
    # In each bin: the number of genuine pairs, and the number that the probabilities predict.
    return float(np.abs(shares[0] - sum(sums)).sum() / 2)
