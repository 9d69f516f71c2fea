"""Fit a model's head, thresholds and calibration on listed pairs, without people on both sides.

People are split into folds. A pair whose people are in the folds i and j is scored by a head that was fitted
on pairs without anybody from i or j. So all pairs contribute to the thresholds, and none is scored by a head
that has seen either person.
"""

from itertools import combinations_with_replacement

import numpy as np

from ml.calibration.from_photos import (
    ANCHORS,
    FOLDS,
    Calibration,
    PeopleScores,
    against_people,
    fit_neuron,
    fold_of,
    gallery_of,
    held_out_metrics,
    operating_points,
    platt,
)
from ml.decision import distance
from ml.decision.head import RATES
from ml.errors import MlError
from ml.evaluation import metrics
from ml.evaluation.datasets import lfw, pairs_file

LEAST = 20  # smallest number of pairs of each kind


def fit(
    embeddings: np.ndarray,
    names: list[str],
    pairs: lfw.LabelledPairs,
    *,
    seed: int = 20,
) -> Calibration:
    """Fit everything that is needed to turn two embeddings into a verdict.

    Args:
        embeddings: float (n, d) of the images `names`; pairs with other images are left out.
        pairs: see `pairs_file.read`. If it does not name people, images that are linked by a pair of
            the same person belong together. There are then no operating points for people with several
            photos, because two unlinked images may still show the same person.

    Raises:
        MlError: there are too few pairs, or all of them are linked by people they share.
    """
    at = {name: row for row, name in enumerate(names)}
    usable = [k for k, (a, b) in enumerate(pairs.names) if a in at and b in at]
    rows = np.array([[at[name] for name in pairs.names[k]] for k in usable], int).reshape(-1, 2)
    labels = np.array([pairs.labels[k] for k in usable], int)
    if min((labels == 0).sum(), (labels == 1).sum()) < LEAST:
        raise _too_few()
    group = pairs_file.groups(pairs)
    people = np.array([group.get(name, name) for name in names])
    fold = np.array([fold_of(person) for person in people])
    logits, heads = np.full(len(rows), np.nan), {}
    for i, j in combinations_with_replacement(range(FOLDS), 2):
        mine = np.sort(fold[rows], axis=1) == (i, j)
        mine = mine.all(axis=1)
        if not mine.any() and i != j:
            continue
        apart = ~np.isin(fold[rows], (i, j)).any(axis=1)
        if len(set(labels[apart])) < 2:
            continue
        heads[i, j] = fit_neuron(embeddings, rows[apart], labels[apart])
        logits[mine] = _logits(heads[i, j], embeddings, rows[mine])
    scored = ~np.isnan(logits)
    genuine, impostor = logits[scored & (labels == 1)], logits[scored & (labels == 0)]
    if min(len(genuine), len(impostor)) < LEAST:
        raise _too_few()
    rng = np.random.default_rng(seed)
    slope, intercept = platt(genuine, impostor)
    figures = held_out_metrics(genuine, impostor, genuine, slope, intercept, rng)
    return Calibration(
        fit_neuron(embeddings, rows, labels),
        {"slope": slope, "intercept": intercept, "prior": 0.5},
        operating_points(impostor),
        _gallery(heads, embeddings, people, fold, rng) if _all_named(pairs) else {},
        figures | {"fnmr": _intervals(genuine, impostor)},
    )


def _gallery(heads, embeddings, people, fold, rng) -> dict:
    scores: PeopleScores = {k: ([], []) for k in ANCHORS}
    for k, (known, strangers) in scores.items():
        for number in range(FOLDS):
            if (number, number) not in heads:
                continue
            inside = np.flatnonzero(fold == number)
            for own, other in against_people(
                heads[number, number], embeddings, people, inside, k, rng
            ):
                known.append(own)
                strangers.append(other)
    return gallery_of(scores)


def _all_named(pairs: lfw.LabelledPairs) -> bool:
    return set(pairs.images()) <= pairs.people.keys()


def _intervals(genuine, impostor) -> dict:
    found = {}
    for name, rate in RATES.items():
        low, high = metrics.bootstrap_interval(
            lambda g, i, rate=rate: metrics.fnmr_at_fmr(g, i, rate),
            genuine,
            impostor,
            resamples=300,
        )
        value = metrics.fnmr_at_fmr(genuine, impostor, rate)
        found[name] = {"value": round(value, 5), "low": round(low, 5), "high": round(high, 5)}
    return found


def _logits(head, embeddings, rows, chunk=20_000) -> np.ndarray:
    parts = [
        distance.logits(head, embeddings[part[:, 0]], embeddings[part[:, 1]])
        for part in np.split(rows, range(chunk, len(rows), chunk))
    ]
    return np.concatenate(parts)


def _too_few() -> MlError:
    return MlError(
        "too_few_pairs",
        "There are too few pairs to calibrate on.",
        f"Use at least {LEAST} pairs of the same person and {LEAST} of different people, of many "
        "people: a head is never measured on people on whom it was fitted.",
    )
