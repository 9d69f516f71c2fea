"""Which pairs of photos a model gets wrong at its thresholds, and how the errors concentrate on few photos.

The false-match rate of a threshold is an average. Some faces are mistaken for others far more often than
most ("lambs" and "wolves" in the menagerie of Doddington et al., 1998); this module measures how unevenly.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation import all_pairs

MOST_CONFUSED = {"top_1_percent": 0.01, "top_5_percent": 0.05}
DRAWS = 10  # random distributions of the same number of false matches


@dataclass(frozen=True)
class Confusion:
    """The pairs of n photos that a threshold of at least `lowest` can get wrong.

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
    """Keep those of all pairs of n photos that can be wrong.

    Args:
        people: (n,) numbers from 0.
        logits: (n * (n - 1) / 2,) in the order of `np.triu_indices(n, 1)`.
        lowest: the lowest threshold of interest, a logit.
    """
    people, logits = np.asarray(people), np.asarray(logits)
    same = all_pairs.same_person(people)
    genuine, impostor = np.flatnonzero(same), np.flatnonzero(~same & (logits >= lowest))

    def photos(places):
        return np.stack(all_pairs.photos_of(places, len(people)), axis=1)

    return Confusion(
        people, logits[genuine], photos(genuine), logits[impostor], photos(impostor), lowest
    )


def most_confused(confusion: Confusion, thresholds: dict[str, float], *, seed: int = 0) -> dict:
    """The share of the false matches that falls on the photos that have most of them.

    A false match counts half for each of its two photos. The photos are chosen by the same errors that
    are counted, so a small number of errors always looks concentrated. `by_chance` is the share for the
    same number of errors if every pair of photos were equally likely to match.

    Returns:
        JSON-ready, by name of the threshold: "false_matches", and for each of `MOST_CONFUSED`
        "photos" (their number), "share" and "by_chance", which are None without errors.
    """
    count = len(confusion.people)
    generator = np.random.default_rng(seed)
    found = {}
    for name, threshold in thresholds.items():
        wrong = confusion.false_matches(threshold)
        figures: dict[str, Any] = {"false_matches": len(wrong)}
        for part, share in MOST_CONFUSED.items():
            photos = max(1, round(share * count))
            row: dict[str, float | None] = {"photos": photos, "share": None, "by_chance": None}
            if len(wrong):
                chance = [
                    _share_of_most(generator.integers(0, count, wrong.shape), count, photos)
                    for _ in range(DRAWS)
                ]
                row["share"] = round(_share_of_most(wrong, count, photos), 4)
                row["by_chance"] = round(float(np.mean(chance)), 4)
            figures[part] = row
        found[name] = figures
    return found


def _share_of_most(pairs: np.ndarray, count: int, photos: int) -> float:
    times = np.sort(np.bincount(pairs.ravel(), minlength=count))
    return float(times[-photos:].sum() / times.sum())
