"""Gather faces of people nobody knows: which of them are the same person.

Complete linkage: a face joins a group only if it matches every face there, so that a chain of lookalikes
does not make one person of many.
"""

import numpy as np

from ml.decision.conditions import Conditions
from ml.decision.head import DEFAULT_RATE, Head


def margins(
    head: Head,
    embeddings: np.ndarray,
    conditions: list[Conditions],
    false_match_rate: float = DEFAULT_RATE,
) -> np.ndarray:
    """By how much the logit of each pair exceeds its threshold, float (n, n).

    Args:
        embeddings: float32 (n, d). conditions: of each face; they raise the thresholds of its pairs.

    Raises:
        RateUnknown: there is no operating point for this false-match rate.
    """
    kinds = sorted({tuple(row) for row in conditions})
    kind = np.array([kinds.index(tuple(row)) for row in conditions], dtype=int)
    found = np.empty((len(embeddings), len(embeddings)))
    for a, first in enumerate(kinds):
        for b, second in enumerate(kinds):
            rows, columns = np.flatnonzero(kind == a), np.flatnonzero(kind == b)
            threshold = head.under(first, second).threshold(false_match_rate)
            for row in rows:  # one at a time: all differences at once would take gigabytes
                logits = head.logits(embeddings[row], embeddings[columns])
                found[row, columns] = logits - threshold
    return found


def gather(margins: np.ndarray, photos: list[int]) -> list[list[int]]:
    """The groups, each as sorted rows of `margins`, the largest first.

    Args:
        margins: (n, n), 0 or more where two faces match. photos: the photo of each face; nobody is twice
            in one.
    """
    same_photo = np.equal.outer(photos, photos)
    matching = np.minimum(margins, margins.T)
    matching = np.where(same_photo, -np.inf, matching)
    groups = {row: [row] for row in range(len(photos))}
    of = list(range(len(photos)))
    first, second = np.triu_indices(len(photos), 1)
    strengths = matching[first, second]
    for pair in np.argsort(-strengths, kind="stable"):
        if strengths[pair] < 0:
            break
        a, b = of[first[pair]], of[second[pair]]
        if a != b and matching[np.ix_(groups[a], groups[b])].min() >= 0:
            for row in groups.pop(b):
                of[row] = a
                groups[a].append(row)
    return sorted((sorted(rows) for rows in groups.values()), key=lambda rows: (-len(rows), rows))
