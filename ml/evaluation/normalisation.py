"""A study of score normalisation: are scores better when each photo is also compared with strangers?

Some photos resemble everybody. Score normalisation measures how much each of the two photos resembles a
cohort of strangers and corrects the score accordingly. People are split into halves; the cohort for each
half is one photo of every person in the other half, so nobody who is compared is part of the cohort.
"""

import hashlib
from collections.abc import Iterator

import numpy as np
from sklearn.cluster import KMeans

from ml.decision import distance
from ml.decision.head import RATES
from ml.evaluation import all_pairs, confusion

CENTRES = 64
NEAREST, STRENGTH = 5, 0.5
TOP = 100  # photos of the cohort used by the adaptive method
RESAMPLES = 300
FEWEST = 10  # smallest number of people in a cohort


def measure(head: dict, embeddings: np.ndarray, people: np.ndarray) -> dict | None:
    """True-match rates with and without normalisation, at thresholds set on the same pairs.

    Args:
        head: the neuron's "weights" and "bias".
        embeddings: (n, d).
        people: the name of the person on each photo, (n,).

    Returns:
        JSON-ready, by method ("none" and those of `_methods`), as means of the two halves: "tmr", by
        rate "value", and "gain" over "none" with the 95 % interval "low" to "high" of a bootstrap over
        people; "most_confused", by rate the share of the false matches on the most-confused 5 % of
        photos. None if there are too few people.
    """
    half = np.array([hashlib.sha256(name.encode()).digest()[0] % 2 for name in people])
    found = []
    for side in (0, 1):
        inside, outside = np.flatnonzero(half == side), np.flatnonzero(half != side)
        _, first = np.unique(people[outside], return_index=True)
        _, numbers = np.unique(people[inside], return_inverse=True)
        if len(first) < FEWEST or len(inside) < 2:
            return None
        measured = _half(head, embeddings[inside], numbers, embeddings[outside[first]])
        if measured is None:
            return None
        found.append(measured)
    return {name: _mean([part[name] for part in found], found, name) for name in found[0]}


def _methods(head: dict, embeddings: np.ndarray, cohort: np.ndarray) -> dict:
    """Scale u and shift v (n,) of the photos by method: s becomes s (u_a + u_b) / 2 - (v_a + v_b) / 2."""
    scores = np.sort(_against(head, embeddings, cohort), axis=1)[:, ::-1]
    top = scores[:, :TOP]
    centres = KMeans(min(CENTRES, len(cohort)), n_init=1, random_state=0).fit(cohort)
    nearest = _against(head, embeddings, centres.cluster_centers_.astype(np.float32)).max(axis=1)
    one = np.ones(len(embeddings))
    return {
        "none": (one, 0 * one),
        # S-norm and adaptive S-norm (Matejka et al., 2017): mean and spread of the scores with strangers.
        "symmetric": (1 / scores.std(axis=1), scores.mean(axis=1) / scores.std(axis=1)),
        "adaptive": (1 / top.std(axis=1), top.mean(axis=1) / top.std(axis=1)),
        # A part of the score with the nearest strangers, or with the nearest cluster of them, is subtracted.
        "nearest": (one, STRENGTH * scores[:, :NEAREST].mean(axis=1)),
        "centres": (one, STRENGTH * nearest),
    }


def _half(head, embeddings, numbers, cohort) -> dict | None:
    """Figures of one half by method: rates ("tmr"), their resamples ("draws") and shares ("share")."""
    logits = all_pairs.logits(head, embeddings)
    first, second = np.triu_indices(len(embeddings), 1)
    found = {}
    for name, (scale, shift) in _methods(head, embeddings, cohort).items():
        scores = logits * (scale[first] + scale[second]) / 2 - (shift[first] + shift[second]) / 2
        collected = all_pairs.collect([(numbers, scores)])
        if collected is None:
            return None
        thresholds = {key: collected.threshold_at_fmr(rate) for key, rate in RATES.items()}
        wrong = confusion.collect(numbers, scores, min(thresholds.values()))
        share = confusion.most_confused(wrong, thresholds)
        found[name] = {
            "tmr": _tmr(collected, None),
            "draws": np.array([_tmr(collected, weights) for weights in _draws(numbers)]),
            "share": [point["top_5_percent"]["share"] for point in share.values()],
        }
    return found


def _mean(parts: list[dict], halves: list[dict], name: str) -> dict:
    tmr, base = (
        np.mean([row["tmr"] for row in rows], axis=0)
        for rows in (parts, [half["none"] for half in halves])
    )
    gains = np.mean([half[name]["draws"] - half["none"]["draws"] for half in halves], axis=0)
    low, high = np.nanquantile(gains, [0.025, 0.975], axis=0)
    shares = zip(*(row["share"] for row in parts), strict=True)
    return {
        "tmr": {
            key: {
                "value": round(float(tmr[k]), 5),
                "gain": round(float(tmr[k] - base[k]), 5),
                "low": round(float(low[k]), 5),
                "high": round(float(high[k]), 5),
            }
            for k, key in enumerate(RATES)
        },
        "most_confused": {
            key: None if None in both else round(float(np.mean(both)), 4)
            for key, both in zip(RATES, shares, strict=True)
        },
    }


def _tmr(collected: all_pairs.AllPairs, weights) -> list[float]:
    """True-match rate by rate; NaN if the resample has nobody with several photos."""
    if weights is not None and not weights[collected.owner].any():
        return [np.nan] * len(RATES)
    return [1 - collected.fnmr_at_fmr(rate, weights) for rate in RATES.values()]


def _draws(numbers: np.ndarray) -> Iterator[np.ndarray]:
    """How often each person counts in each resample, the same for every method, so that gains are paired."""
    generator = np.random.default_rng(0)
    people = numbers.max() + 1
    for _ in range(RESAMPLES):
        weights = np.bincount(generator.integers(0, people, people), minlength=people)
        yield weights.astype(float)


def _against(head: dict, embeddings: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Logits of photos (n, d) against others (m, d), (n, m)."""
    return np.stack([distance.logits(head, row, others) for row in embeddings])
