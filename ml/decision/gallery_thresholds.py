"""Thresholds measured on a gallery, from the scores among its own photos.

A genuine score is that of two photos of one person, an impostor score that of photos of two people. The
threshold for a false-match rate is the score that this share of the impostor scores reaches, as in
`ml.calibration.from_photos`. The owner's thresholds are shifted by its distance from the model's threshold.
"""

import numpy as np

from ml.decision.head import Head
from ml.decision.logistic import sigmoid

PHOTOS_A_PERSON = 5  # or people with many photos would dominate
MAX_PHOTOS = 3000  # 4.5 million pairs, which take some seconds
BINS = 40  # of the histogram, over similarities from 0 to 1
# One false match is expected among 1 / rate impostor pairs of *people*. If there is none among three times
# as many, the rate is lower with 95 % confidence.
PAIRS_A_RATE = 3


def people_needed(false_match_rate: float) -> int:
    """How many people with a photo are needed to measure the threshold for a false-match rate."""
    pairs = PAIRS_A_RATE / false_match_rate
    return int(np.ceil((1 + np.sqrt(1 + 8 * pairs)) / 2 - 1e-9))


def measure(head: Head, embeddings: np.ndarray, people: np.ndarray, *, seed: int = 20) -> dict:
    """Score the photos of a gallery with each other.

    Args:
        embeddings: float (n, d).
        people: (n,), the person on each photo.

    Returns:
        JSON-ready: counts, a histogram of both kinds of scores, and for each rate the model's operating
        point with its error rates in this gallery, and `own`: the gallery's own operating point, or None
        if there are too few people.
    """
    rows = _sample(people, np.random.default_rng(seed))
    embeddings, people = embeddings[rows], people[rows]
    genuine, impostor = _scores(head, embeddings, people)
    _, photos = np.unique(people, return_counts=True)
    count = len(photos)
    return {
        "photos": len(rows),
        "people": count,
        "people_with_several": int((photos > 1).sum()),
        "people_pairs": count * (count - 1) // 2,
        "genuine": len(genuine),
        "impostor": len(impostor),
        "histogram": {"genuine": _histogram(genuine), "impostor": _histogram(impostor)},
        "points": [_point(head, rate, genuine, impostor, count) for rate in head.rates],
    }


def _sample(people: np.ndarray, rng) -> np.ndarray:
    """At most PHOTOS_A_PERSON photos per person, of as many people as MAX_PHOTOS allows."""
    taken: list[int] = []
    for person in rng.permutation(np.unique(people)):
        mine = rng.permutation(np.flatnonzero(people == person))[:PHOTOS_A_PERSON]
        if len(taken) + len(mine) > MAX_PHOTOS:
            break
        taken.extend(mine)
    return np.sort(np.array(taken, int))


def _scores(head: Head, embeddings: np.ndarray, people: np.ndarray):
    """Logits of all pairs of one person, and of all pairs of two people."""
    genuine, impostor = [], []
    for row in range(len(people)):
        logits = head.logits(embeddings[row], embeddings[row + 1 :])
        same = people[row + 1 :] == people[row]
        genuine.append(logits[same])
        impostor.append(logits[~same])
    return np.concatenate([[], *genuine]), np.concatenate([[], *impostor])


def _histogram(logits: np.ndarray) -> list[int]:
    return np.histogram(sigmoid(logits), BINS, (0.0, 1.0))[0].tolist()


def _point(head: Head, rate: float, genuine, impostor, people: int) -> dict:
    own = None
    if people >= people_needed(rate) and len(genuine):
        shift = round(_lowest_at(impostor, rate) - head.threshold(rate), 5)
        moved = head.adjusted({rate: shift})
        own = {"shift": shift, **_point_of(moved, rate), **_rates(moved, rate, genuine, impostor)}
    return {
        "false_match_rate": rate,
        **_point_of(head, rate),
        **_rates(head, rate, genuine, impostor),
        "own": own,
    }


def _point_of(head: Head, rate: float) -> dict:
    point = head.operating_point(rate)
    return {
        "threshold": round(point["threshold"], 6),
        "band": [round(end, 6) for end in point["band"]],
    }


def _rates(head: Head, rate: float, genuine, impostor) -> dict:
    """The measured false-match rate and false-non-match rate."""
    matched = _share(head, rate, genuine, "match")
    return {
        "fmr": _share(head, rate, impostor, "match"),
        "fnmr": None if matched is None else round(1 - matched, 7),
    }


def _share(head: Head, rate: float, logits: np.ndarray, outcome: str) -> float | None:
    if not len(logits):
        return None
    # Thresholds are rounded; the score that one was taken from must reach it.
    return round(float((head.outcomes(logits + 1e-5, rate) == outcome).mean()), 7)


def _lowest_at(impostor: np.ndarray, rate: float) -> float:
    """The lowest impostor score that at most this share of the impostor scores exceeds."""
    return float(np.quantile(impostor, 1 - min(rate, 1.0), method="higher"))
