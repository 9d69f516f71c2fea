"""Fit a model's head, operating points and calibration on photos, without people on both sides.

People are split into folds. For each fold a head is fitted on the other people and scores the pairs within
the fold, so all scores for the thresholds are of people whom the head has not seen. The final head is then
fitted on everybody.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from ml.decision import distance
from ml.decision.gallery import template
from ml.decision.head import RATES
from ml.decision.logistic import sigmoid
from ml.errors import MlError
from ml.evaluation import all_pairs, metrics
from ml.evaluation.datasets import lfw

FOLDS = 5
GENUINE_A_PERSON = 30  # pairs per person, or people with many photos would dominate
IMPOSTORS = 60_000
FEATURES = (
    80_000_000  # most numbers that a head is fitted on, which limits memory for long embeddings
)
ANCHORS = (1, 2, 3, 5, 8)  # numbers of anchors with their own operating points
DRAWS = 5  # random choices of each person's anchors
TAIL_RATES = [10.0 ** (-step / 4) for step in range(25)]  # 1 to 1e-6
TAIL_COUNT = 20  # a rate with fewer matches of strangers is extrapolated, not measured
STRENGTH = {1: 0.3, 2: 0.003}  # inverse of a head's L2 regularisation, by its power
# Factor for the neuron's logit, by its power, so that thresholds are not all close to 1.
SPREAD = {1: 0.18, 2: 0.6}


# By number of anchors, the logits of people's own further photos, and those of strangers.
PeopleScores = dict[int, tuple[list[np.ndarray], list[np.ndarray]]]


@dataclass(frozen=True)
class Calibration:
    """The result of a fit, JSON-ready; `gallery` is for people with several anchors."""

    head: dict
    calibration: dict
    operating_points: dict
    gallery: dict
    metrics: dict


def fit(embeddings: np.ndarray, names: list[str], *, seed: int = 20) -> Calibration:
    """Fit everything that is needed to turn two embeddings into a verdict.

    Args:
        embeddings: float (n, d).
        names: image names in LFW's form; the person is the part before the number.
        seed: for the choice of pairs.

    Raises:
        MlError: there are too few people, or nobody has several photos.
    """
    people = np.array([lfw.person_of(name) for name in names])
    fold = np.array([fold_of(person) for person in people])
    rng = np.random.default_rng(seed)
    genuine_parts, impostor_parts, capped_parts = [], [], []
    people_scores: PeopleScores = {k: ([], []) for k in ANCHORS}
    _, numbers = np.unique(people, return_inverse=True)
    parts = []
    for number in range(FOLDS):
        head = _fit_head(embeddings, people, np.flatnonzero(fold != number), rng)
        inside = np.flatnonzero(fold == number)
        if len(inside) < 2:
            continue
        logits = all_pairs.logits(head, embeddings[inside])
        parts.append((numbers[inside], logits))
        same = all_pairs.same_person(numbers[inside])
        owners, _ = all_pairs.photos_of(np.flatnonzero(same), len(inside))
        genuine_parts.append(logits[same])
        impostor_parts.append(logits[~same])
        capped_parts.append(_cap(logits[same], people[inside[owners]], rng))
        for anchors, (known, strangers) in people_scores.items():
            for person_scores, stranger_scores in against_people(
                head, embeddings, people, inside, anchors, rng
            ):
                known.append(person_scores)
                strangers.append(stranger_scores)
    genuine, impostor, capped = (
        np.concatenate([[], *rows]) for rows in (genuine_parts, impostor_parts, capped_parts)
    )
    collected = all_pairs.collect(parts)
    if collected is None:
        raise too_few()
    head = _fit_head(embeddings, people, np.arange(len(people)), rng)
    slope, intercept = platt(capped, impostor)
    measured = held_out_metrics(capped, impostor, genuine, slope, intercept, rng)
    fnmr = collected.figures(RATES)["fnmr"]
    return Calibration(
        head,
        {"slope": slope, "intercept": intercept, "prior": 0.5},
        operating_points(impostor),
        gallery_of(people_scores),
        measured | {"fnmr": fnmr},
    )


def too_few() -> MlError:
    return MlError(
        "too_few_people",
        "There are too few people with several photos to calibrate on.",
        "Use at least 10 people with 2 or more photos each; hundreds give useful thresholds.",
    )


def fold_of(person: str) -> int:
    """The fold of a person, by a hash of the name: it stays the same when people are added."""
    return int(hashlib.sha256(person.encode()).hexdigest(), 16) % FOLDS


def _fit_head(embeddings, people, rows, rng) -> dict:
    most = min(IMPOSTORS, FEATURES // embeddings.shape[1])
    groups = []
    order = np.argsort(people[rows], kind="stable")
    rows = rows[order]
    _, starts = np.unique(people[rows], return_index=True)
    for group in np.split(rows, starts[1:]):
        a, b = np.triu_indices(len(group), 1)
        take = rng.permutation(len(a))[:GENUINE_A_PERSON]
        groups.append(np.stack([group[a[take]], group[b[take]]], axis=1))
    genuine = np.concatenate([np.empty((0, 2), int), *groups])
    if not len(genuine) or len(genuine) == len(rows) * (len(rows) - 1) // 2:
        raise too_few()
    if len(genuine) > most:
        genuine = genuine[rng.permutation(len(genuine))[:most]]
    impostor = rng.choice(rows, (min(most, len(rows) * (len(rows) - 1)), 2))
    impostor = impostor[people[impostor[:, 0]] != people[impostor[:, 1]]]
    pairs = np.concatenate([genuine, impostor])
    labels = np.repeat([1, 0], [len(genuine), len(impostor)])
    return fit_neuron(embeddings, pairs, labels)


def fit_neuron(embeddings, pairs, labels) -> dict:
    """Fit the last neuron to pairs (n, 2) of positions in `embeddings` with labels (n,), 1 or 0."""
    power = distance.power_for(embeddings)
    features = distance.features(embeddings[pairs[:, 0]], embeddings[pairs[:, 1]], power)
    # The sum is an additional feature, so regularisation pulls the weights towards one another, not towards
    # 0. Equal weights are the plain distance; the fit learns where to deviate from it.
    total = features.sum(axis=1, keepdims=True)
    scale = float(total.std()) or 1.0
    features = np.hstack([features, total / scale])
    # With centred features the solver takes 75 steps for 4,096 values, otherwise thousands.
    centre = features.mean(axis=0)
    features -= centre
    model = LogisticRegression(C=STRENGTH[power], class_weight="balanced", max_iter=5000)
    coefficients = model.fit(features, labels).coef_[0]
    weights = coefficients[:-1] + coefficients[-1] / scale
    bias = float(model.intercept_[0]) - float(coefficients @ centre)
    return {
        "weights": [round(float(value) * SPREAD[power], 6) for value in weights],
        "bias": round(bias * SPREAD[power], 6),
        **({"power": power} if power > 1 else {}),
    }


def against_people(head, embeddings, people, inside, k, rng):
    """For each person, logits of templates of k anchors: with the person's other photos, with strangers."""
    for person in np.unique(people[inside]):
        mine = inside[people[inside] == person]
        if len(mine) < k + 1:
            continue
        strangers = inside[people[inside] != person]
        for _ in range(DRAWS):
            order = rng.permutation(mine)
            known = embeddings[[*order[k : k + GENUINE_A_PERSON], *strangers]]
            logits = distance.logits(head, known, template(embeddings[order[:k]]))
            split = len(known) - len(strangers)
            yield logits[:split], logits[split:]


def gallery_of(people_scores: PeopleScores) -> dict:
    """Tails and calibration by number of anchors. Numbers with too few scores are left out."""
    measured = {
        k: (np.concatenate(known), np.concatenate(strangers))
        for k, (known, strangers) in people_scores.items()
        if known
    }
    measured = {k: rows for k, rows in measured.items() if len(rows[1]) * 0.1 >= TAIL_COUNT}
    if not measured:
        return {}
    rates = [r for r in TAIL_RATES if all(len(i) * r >= TAIL_COUNT for _, i in measured.values())]
    calibration = {}
    for k, (known, strangers) in measured.items():
        slope, intercept = platt(known, strangers)
        calibration[str(k)] = {"slope": slope, "intercept": intercept}
    return {
        "rule": "mean_embedding",
        "anchors": list(measured),
        "rates": rates,
        "logits": {
            str(k): [round(float(np.quantile(strangers, 1 - rate)), 5) for rate in rates]
            for k, (_, strangers) in measured.items()
        },
        "calibration": calibration,
        "tmr": {
            str(k): {
                name: round(metrics.tmr_at_fmr(known, strangers, rate), 5)
                for name, rate in RATES.items()
            }
            for k, (known, strangers) in measured.items()
        },
    }


def _cap(logits, people, rng) -> np.ndarray:
    """At most `GENUINE_A_PERSON` pairs of each person."""
    kept = []
    for person in np.unique(people):
        rows = np.flatnonzero(people == person)
        kept.append(logits[rng.permutation(rows)[:GENUINE_A_PERSON]])
    return np.concatenate(kept) if kept else logits


def platt(genuine, impostor) -> tuple[float, float]:
    """Platt scaling, weighted for equally many pairs of both kinds: slope and intercept on the logit."""
    logits = np.concatenate([genuine, impostor])[:, None]
    labels = np.repeat([1, 0], [len(genuine), len(impostor)])
    model = LogisticRegression(C=1e6, class_weight="balanced", max_iter=1000).fit(logits, labels)
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def operating_points(impostor) -> dict:
    """The threshold for each rate.

    If fewer than `TAIL_COUNT` impostors reach it, the threshold is extrapolated from higher rates, linearly
    in the logarithm of the rate, and marked as such.
    """
    points = {}
    for name, rate in RATES.items():
        threshold = float(sigmoid(_tail_logit(impostor, rate)))
        points[name] = {"false_match_rate": rate, "threshold": round(threshold, 6)}
        if rate * len(impostor) < TAIL_COUNT:
            points[name]["extrapolated"] = True
    return points


def _tail_logit(impostor, rate: float) -> float:
    if rate * len(impostor) >= TAIL_COUNT:
        return metrics.threshold_at_fmr(impostor, rate)
    # The lowest rate that can be measured, and one three quarters of a decade above it.
    known = min(1.0, TAIL_COUNT / len(impostor))
    above = min(1.0, known * 10**0.75)
    high, low = (metrics.threshold_at_fmr(impostor, r) for r in (known, above))
    steps = np.log10(above / known)
    slope = (high - low) / steps if steps else 0.0
    return high + slope * np.log10(known / rate)


def held_out_metrics(genuine, impostor, every_genuine, slope, intercept, rng) -> dict:
    """Figures from scores of people on whom the head was not fitted."""
    sample = rng.choice(impostor, min(len(impostor), len(genuine)), replace=False)
    probabilities = sigmoid(slope * np.concatenate([genuine, sample]) + intercept)
    labels = np.repeat([1, 0], [len(genuine), len(sample)])
    return {
        "genuine_pairs": len(every_genuine),
        "impostor_pairs": len(impostor),
        "tmr": {
            name: round(metrics.tmr_at_fmr(genuine, impostor, rate), 5)
            for name, rate in RATES.items()
        },
        "equal_error_rate": round(metrics.equal_error_rate(genuine, impostor), 5),
        "expected_calibration_error": round(
            metrics.expected_calibration_error(probabilities, labels), 5
        ),
    }
