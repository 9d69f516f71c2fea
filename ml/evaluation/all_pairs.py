"""Error rates over all pairs that can be made of many photos, with intervals.

Pairs that share a person are far from independent, so the bootstrap samples people, not pairs (the
subsets bootstrap of Bolle, Ratha and Pankanti, 2004): a person sampled twice counts twice in each pair.

The pairs of n photos are always in the order of `np.triu_indices(n, 1)`. Its indices are not made: for
many photos they take several times the memory of the scores.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision import distance

TAIL = 0.05  # share of the impostor scores that is kept; the rates of interest are far lower
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
        """The number of all pairs of two people, including those below the tail."""
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
            # from the lowest known impostor score on match.
            return float(own @ (self.genuine < self.impostor[-1]) / own.sum())
        return float(own @ (self.genuine <= self.impostor[turned_away]) / own.sum())

    def threshold_at_fmr(self, rate: float) -> float:
        """The smallest threshold that at most a share `rate` of the impostors reach.

        For rates beyond the tail it is the lowest impostor score that was kept.
        """
        permitted = int(np.floor(rate * self.impostors + 1e-9))
        if permitted >= len(self.impostor):
            return float(self.impostor[-1])
        return float(np.nextafter(self.impostor[permitted], np.inf))

    def rates_at(self, threshold: float) -> tuple[float, float]:
        """The shares of the impostors and of the genuine pairs that reach a threshold.

        Of a threshold below the tail the first one is too low: it counts the tail only.
        """
        false = float((self.impostor >= threshold).sum() / self.impostors)
        return false, float((self.genuine >= threshold).mean())

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
        parts: for each set (people (n,), scores (n * (n - 1) / 2,)); people are numbers from 0, the
            same in all sets.

    Returns:
        None where there is no pair of one person, or none of two.
    """
    parts = [(np.asarray(people), np.asarray(scores)) for people, scores in parts]
    count = 1 + max((int(people.max()) for people, _ in parts if len(people)), default=0)
    same = [same_person(people) for people, _ in parts]
    pairs, genuine = sum(map(len, same)), sum(int(row.sum()) for row in same)
    if genuine in (0, pairs):
        return None
    impostors = np.concatenate([scores[~row] for (_, scores), row in zip(parts, same, strict=True)])
    keep = min(len(impostors), max(1000, int(TAIL * len(impostors))))
    lowest = np.partition(impostors, len(impostors) - keep)[len(impostors) - keep]
    columns = []
    for (people, scores), row in zip(parts, same, strict=True):
        own, high = np.flatnonzero(row), np.flatnonzero(~row & (scores >= lowest))
        first, second = (people[side] for side in photos_of(high, len(people)))
        columns.append(
            (scores[own], people[photos_of(own, len(people))[0]], scores[high], first, second)
        )
    known, owner, top, first, second = (np.concatenate(c) for c in zip(*columns, strict=True))
    order = np.argsort(-top, kind="stable")[:keep]
    photos = np.stack([np.bincount(people, minlength=count) for people, _ in parts]).astype(float)
    return AllPairs(known, owner, top[order], first[order], second[order], photos)


def same_person(people: np.ndarray) -> np.ndarray:
    """Whether each pair of n photos of these people (n,) shows one person, bool (n * (n - 1) / 2,)."""
    rows = [people[row + 1 :] == people[row] for row in range(len(people) - 1)]
    return np.concatenate([np.empty(0, bool), *rows])


def photos_of(places: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first and the second photo of the pairs at these places, each (m,), of `count` photos."""
    starts = np.cumsum(np.arange(count - 1, 0, -1)) - np.arange(count - 1, 0, -1)
    first = np.searchsorted(starts, places, side="right") - 1
    return first, places - starts[first] + first + 1


def logits(head: dict, embeddings: np.ndarray) -> np.ndarray:
    """The neuron's logit for all pairs of n embeddings (n, d)."""
    count = len(embeddings)
    out = np.empty(count * (count - 1) // 2, np.float32)
    done = 0
    for row in range(count - 1):
        rest = embeddings[row + 1 :]
        out[done : done + len(rest)] = distance.logits(head, embeddings[row], rest)
        done += len(rest)
    return out
