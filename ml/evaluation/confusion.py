"""Which pairs of photos a model gets wrong at its thresholds, and how far the errors gather on few photos.

A threshold holds a false-match rate on average. Some faces are taken for others far more often than
most ("lambs" and "wolves" in the menagerie of Doddington et al., 1998); this tells how unevenly.
"""

from dataclasses import dataclass

import numpy as np

MOST_CONFUSED = {"top_1_percent": 0.01, "top_5_percent": 0.05}
DRAWS = 10  # of the same number of false matches dealt out by chance


@dataclass(frozen=True)
class Confusion:
    """The pairs of n photos that a threshold of `lowest` or above can get wrong.

    Attributes:
        people: the person (a number from 0) on each photo, (n,).
        genuine, genuine_photos: logits (g,) and photos (g, 2) of all pairs of one person.
        impostor, impostor_photos: logits (f,) and photos (f, 2) of those pairs of two people that
            reach `lowest`.
        lowest: a logit.
    """

    people: np.ndarray
    genuine: np.ndarray
    genuine_photos: np.ndarray
    impostor: np.ndarray
    impostor_photos: np.ndarray
    lowest: float

    def false_matches(self, threshold: float) -> np.ndarray:
        """Photos (m, 2) of the pairs of two people that match at this logit, `lowest` at least."""
        return self.impostor_photos[self.impostor >= threshold]

    def false_non_matches(self, threshold: float) -> np.ndarray:
        """Photos (m, 2) of the pairs of one person that do not match at this logit."""
        return self.genuine_photos[self.genuine < threshold]


def collect(people, logits, lowest: float) -> Confusion:
    """Keep what can be wrong of all pairs of n photos.

    Args:
        people: (n,) numbers from 0.
        logits: (n * (n - 1) / 2,) in the order of `np.triu_indices(n, 1)`.
        lowest: the lowest logit that will be asked for as a threshold.
    """
    people, logits = np.asarray(people), np.asarray(logits)
    genuine, impostor = [], []
    done = 0
    for row in range(len(people) - 1):  # by row: an index of every pair would outweigh the scores
        rest = logits[done : done + len(people) - row - 1]
        same = people[row + 1 :] == people[row]
        for kept, which in ((genuine, same), (impostor, ~same & (rest >= lowest))):
            others = np.flatnonzero(which)
            kept.append((rest[others], np.stack([np.full(len(others), row), others + row + 1], 1)))
        done += len(rest)
    columns = []
    for kept in (genuine, impostor):
        columns.append(np.concatenate([np.empty(0, logits.dtype), *(row[0] for row in kept)]))
        columns.append(np.concatenate([np.empty((0, 2), int), *(row[1] for row in kept)]))
    return Confusion(people, *columns, lowest)


def most_confused(confusion: Confusion, thresholds: dict[str, float], *, seed: int = 0) -> dict:
    """The share of the false matches that falls on the photos that have most of them.

    A false match counts half for each of its two photos. The photos are chosen by the very errors
    that are counted, so few errors always look gathered: `by_chance` is what the same number would
    show if every pair of photos were as likely to match.

    Returns:
        JSON-ready, by the names of the thresholds (logits): "false_matches", and for each of
        `MOST_CONFUSED` "photos" (how many those are), "share" and "by_chance", None without errors.
    """
    count = len(confusion.people)
    generator = np.random.default_rng(seed)
    found = {}
    for name, threshold in thresholds.items():
        wrong = confusion.false_matches(threshold)
        found[name] = {"false_matches": len(wrong)}
        for part, share in MOST_CONFUSED.items():
            photos = max(1, round(share * count))
            row = {"photos": photos, "share": None, "by_chance": None}
            if len(wrong):
                chance = [
                    _share_of_most(generator.integers(0, count, wrong.shape), count, photos)
                    for _ in range(DRAWS)
                ]
                row["share"] = round(_share_of_most(wrong, count, photos), 4)
                row["by_chance"] = round(float(np.mean(chance)), 4)
            found[name][part] = row
    return found


def _share_of_most(pairs: np.ndarray, count: int, photos: int) -> float:
    times = np.sort(np.bincount(pairs.ravel(), minlength=count))
    return float(times[-photos:].sum() / times.sum())
