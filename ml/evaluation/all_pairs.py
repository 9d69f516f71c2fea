"""Error rates over all pairs that can be made of many photos, with intervals.

Pairs that share a person are far from independent, so the bootstrap draws people, not pairs (the
subsets bootstrap of Bolle, Ratha and Pankanti, 2004): a person drawn twice counts twice in each pair.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision import distance

TAIL = 0.05  # share of the impostor scores that is kept: rates are looked up well below it
RESAMPLES = 300


@dataclass(frozen=True)
class AllPairs:
    """Scores of all pairs, as far as error rates up to `TAIL` need them.

    Attributes:
        genuine, owner: score and person (a number) of every pair of one person, (g,).
        impostor: the highest scores of two people in falling order, (t,), with their people
            `first` and `second`.
        photos: photos of each person by set, (sets, people); pairs are made within a set.
    """

    genuine: np.ndarray
    owner: np.ndarray
    impostor: np.ndarray
    first: np.ndarray
    second: np.ndarray
    photos: np.ndarray

    @property
    def impostors(self) -> int:
        """How many pairs of two people there are, those below the tail among them."""
        return round(self._impostor_weight(np.ones(self.photos.shape[1])))

    def fnmr_at_fmr(self, rate: float, weights=None) -> float:
        """False-non-match rate where at most a share `rate` of the impostors match.

        Args:
            weights: how often each person counts, (people,); once each by default.
        """
        if weights is None:
            weights = np.ones(self.photos.shape[1])
        matched = np.cumsum(weights[self.first] * weights[self.second])
        permitted = np.floor(rate * self._impostor_weight(weights) + 1e-9)
        turned_away = int(np.searchsorted(matched, permitted, side="right"))
        own = weights[self.owner]
        if turned_away >= len(self.impostor):
            # More than the tail may match, or there are no other impostors: all genuine scores
            # above the lowest one that is known do.
            return float(own @ (self.genuine < self.impostor[-1]) / own.sum())
        return float(own @ (self.genuine <= self.impostor[turned_away]) / own.sum())

    def threshold_at_fmr(self, rate: float) -> float:
        """The smallest threshold that at most a share `rate` of the impostors reach.

        Above the tail that is kept, the lowest score that is known.
        """
        permitted = int(np.floor(rate * self.impostors + 1e-9))
        if permitted >= len(self.impostor):
            return float(self.impostor[-1])
        return float(np.nextafter(self.impostor[permitted], np.inf))

    def interval(self, rate: float, *, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
        """Percentile bootstrap interval of `fnmr_at_fmr`, over people."""
        generator = np.random.default_rng(seed)
        people = self.photos.shape[1]
        values = []
        for _ in range(RESAMPLES):
            weights = np.bincount(generator.integers(0, people, people), minlength=people)
            weights = weights.astype(np.float64)
            if weights[self.owner].sum() and self._impostor_weight(weights):
                values.append(self.fnmr_at_fmr(rate, weights))
        tail = (1 - level) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        return float(low), float(high)

    def figures(self, rates: dict[str, float]) -> dict:
        """JSON-ready: "genuine_pairs", "impostor_pairs", "fnmr" by rate as value, low and high."""
        fnmr = {}
        for name, rate in rates.items():
            low, high = self.interval(rate)
            value = self.fnmr_at_fmr(rate)
            fnmr[name] = {"value": round(value, 5), "low": round(low, 5), "high": round(high, 5)}
        return {
            "genuine_pairs": len(self.genuine),
            "impostor_pairs": self.impostors,
            "fnmr": fnmr,
        }

    def _impostor_weight(self, weights) -> float:
        counted = self.photos * weights
        return float((counted.sum(axis=1) ** 2 - (counted**2).sum(axis=1)).sum() / 2)


def collect(parts) -> AllPairs | None:
    """Put scored sets of photos together.

    Args:
        parts: for each set (people (n,) as numbers of one numbering, scores (n * (n - 1) / 2,) in
            the order of `np.triu_indices(n, 1)`).

    Returns:
        None where there is no pair of one person, or none of two.
    """
    parts = [(np.asarray(people), np.asarray(scores)) for people, scores in parts]
    count = 1 + max((int(people.max()) for people, _ in parts if len(people)), default=0)
    columns = []
    for people, scores in parts:
        first, second = (people[side] for side in np.triu_indices(len(people), 1))
        columns.append((scores, first.astype(np.int32), second.astype(np.int32)))
    scores, first, second = (np.concatenate(column) for column in zip(*columns, strict=True))
    same = first == second
    if same.all() or not same.any():
        return None
    others = np.flatnonzero(~same)
    keep = min(len(others), max(1000, int(TAIL * len(others))))
    top = others[np.argpartition(-scores[others], keep - 1)[:keep]]
    top = top[np.argsort(-scores[top], kind="stable")]
    return AllPairs(
        scores[same],
        first[same],
        scores[top],
        first[top],
        second[top],
        np.stack([np.bincount(people, minlength=count) for people, _ in parts]).astype(float),
    )


def logits(head: dict, embeddings: np.ndarray) -> np.ndarray:
    """The neuron's logit for all pairs of n embeddings (n, d), in the order of `np.triu_indices`."""
    count = len(embeddings)
    out = np.empty(count * (count - 1) // 2, np.float32)
    done = 0
    for row in range(count - 1):
        rest = embeddings[row + 1 :]
        out[done : done + len(rest)] = distance.logits(head, embeddings[row], rest)
        done += len(rest)
    return out
