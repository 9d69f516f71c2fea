"""What a gallery says of the thresholds: the scores among its own photos.

A genuine score is one of two photos of one person, an impostor score one of two people's. The
threshold of a false-match rate is the score that this share of the impostor scores reaches, as in
`ml.calibration.from_photos`; how far it lies from the model's is what moves the thresholds of the owner's verdicts.
"""

import numpy as np

from ml.decision.head import RATES, Head

PHOTOS_A_PERSON = 5  # or the most photographed person would speak for all
MAX_PHOTOS = 3000  # 4.5 million pairs: some seconds
BINS = 40  # of the histogram, over similarities from 0 to 1
# Impostor pairs of *people* for one expected false match are 1 / rate; with three times as many, none
# seen means a rate below that with 95 % confidence.
PAIRS_A_RATE = 3


def people_needed(false_match_rate: float) -> int:
    """How many people with a photo it takes to measure the threshold of a false-match rate."""
    pairs = PAIRS_A_RATE / false_match_rate
    return int(np.ceil((1 + np.sqrt(1 + 8 * pairs)) / 2 - 1e-9))


def measure(head: Head, embeddings: np.ndarray, people: np.ndarray, *, seed: int = 20) -> dict:
    """Score the photos of a gallery with each other.

    Args:
        embeddings: float (n, d). people: (n,), who each is of.

    Returns:
        JSON-ready: counts, a histogram of both kinds, and for each rate the model's point with what
        it does here, and `own`: the gallery's own point, or None with too few people.
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
        "points": [_point(head, rate, genuine, impostor, count) for rate in RATES.values()],
    }


def _sample(people: np.ndarray, rng) -> np.ndarray:
    """At most PHOTOS_A_PERSON photos of each, of as many people as MAX_PHOTOS allow."""
    taken = []
    for person in rng.permutation(np.unique(people)):
        mine = rng.permutation(np.flatnonzero(people == person))[:PHOTOS_A_PERSON]
        if len(taken) + len(mine) > MAX_PHOTOS:
            break
        taken.extend(mine)
    return np.sort(np.array(taken, int))


def _scores(head: Head, embeddings: np.ndarray, people: np.ndarray):
    """Logits of every pair once: of one person, of two."""
    genuine, impostor = [], []
    for row in range(len(people)):
        logits = head.logits(embeddings[row], embeddings[row + 1 :])
        same = people[row + 1 :] == people[row]
        genuine.append(logits[same])
        impostor.append(logits[~same])
    return np.concatenate([[], *genuine]), np.concatenate([[], *impostor])


def _histogram(logits: np.ndarray) -> list[int]:
    return np.histogram(_sigmoid(logits), BINS, (0.0, 1.0))[0].tolist()


def _point(head: Head, rate: float, genuine, impostor, people: int) -> dict:
    point = head.operating_point(rate)
    low, high = point["band"]
    own = None
    if people >= people_needed(rate) and len(genuine):
        own_low, own_high = (float(_at_rate(impostor, r)) for r in (10 * rate, rate))
        own = {
            "shift": [round(own_low - _logit(low), 5), round(own_high - _logit(high), 5)],
            "threshold": round(float(_sigmoid(own_high)), 6),
            "band": [round(float(_sigmoid(own_low)), 6), round(float(_sigmoid(own_high)), 6)],
            **_rates(genuine, impostor, own_high),
        }
    return {
        "false_match_rate": rate,
        "threshold": point["threshold"],
        "band": [low, high],
        **_rates(genuine, impostor, _logit(high)),
        "own": own,
    }


def _rates(genuine, impostor, logit: float) -> dict:
    """The measured shares: a false match reaches the threshold, a false non-match does not."""
    return {
        "fmr": round(float((impostor >= logit - 1e-9).mean()), 7) if len(impostor) else None,
        "fnmr": round(float((genuine < logit - 1e-9).mean()), 7) if len(genuine) else None,
    }


def _at_rate(impostor: np.ndarray, rate: float) -> float:
    """The lowest score seen that at most this share of the impostor scores lies above."""
    return np.quantile(impostor, 1 - min(rate, 1.0), method="higher")


def _logit(similarity: float) -> float:
    return float(np.log(similarity / (1 - similarity)))


def _sigmoid(x):
    return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))
