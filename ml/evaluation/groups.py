"""Error rates within groups of people and between them, at the thresholds that a model serves.

The terms are those of ISO/IEC 19795-10 (performance by demographic group): all groups have the same
threshold, but its error rates may differ. Intervals come from a bootstrap over people, as in `all_pairs`,
because the pairs of one person are far from independent.
"""

from dataclasses import dataclass

import numpy as np

from ml.decision.intervals import wilson
from ml.evaluation.confusion import Confusion

RESAMPLES = 300
LEVEL = 0.95  # of the intervals
BY_PHOTOS = ("1 photo", "2 to 4 photos", "5 or more photos")


@dataclass(frozen=True)
class Grouping:
    """Groups of people: `names`, and the number of each person's group, (p,), -1 for none."""

    names: list[str]
    group: np.ndarray

    @classmethod
    def of(cls, people: list[str], groups: dict[str, str]) -> "Grouping":
        """A grouping of people (p,) from the group of each person, in alphabetical order."""
        names = sorted(set(groups.values()))
        number = {name: place for place, name in enumerate(names)}
        numbers = [number[groups[person]] if person in groups else -1 for person in people]
        return cls(names, np.array(numbers, int))


def by_photos(people) -> Grouping:
    """Group people by their number of photos; `people` (n,) is the person on each photo, from 0."""
    place = np.digitize(np.bincount(people), [2, 5])
    present = np.unique(place)
    return Grouping([BY_PHOTOS[k] for k in present], np.searchsorted(present, place))


def rates(confusion: Confusion, grouping: Grouping, thresholds: dict[str, float]) -> dict:
    """False-match and false-non-match rates of each group and between groups.

    Args:
        thresholds: logits, by name of the operating point.

    Returns:
        JSON-ready: "groups", a list of {"group", "people", "photos", "genuine_pairs",
        "impostor_pairs"} (pairs within the group); "people_without_group"; and "rates", by operating
        point {"overall": {"fmr", "fnmr"}, "fnmr": one per group, "fmr": a symmetric matrix of
        groups, with the rates within groups on its diagonal}. A rate is {"value", "low", "high",
        "errors", "pairs"}; the first three are None if there are no pairs.
    """
    people = len(grouping.group)
    photos = np.bincount(confusion.people, minlength=people).astype(float)
    draws = _draws(people)
    everybody = _Counts(photos, np.zeros(people, int), 1)
    counts = _Counts(photos, grouping.group, len(grouping.names))
    found = {}
    for name, threshold in thresholds.items():
        missed = confusion.people[confusion.false_non_matches(threshold)[:, 0]]
        matched = np.sort(confusion.people[confusion.false_matches(threshold)], axis=1)
        overall_fmr, overall_fnmr = everybody.rates(missed, matched, draws)
        fmr, fnmr = counts.rates(missed, matched, draws)
        found[name] = {
            "overall": {"fmr": overall_fmr[0][0], "fnmr": overall_fnmr[0]},
            "fmr": fmr,
            "fnmr": fnmr,
        }
    return {
        "groups": [
            {"group": name, **row} for name, row in zip(grouping.names, counts.sizes(), strict=True)
        ],
        "people_without_group": int((grouping.group < 0).sum()),
        "rates": found,
    }


class _Counts:
    """The pairs of `groups` groups of people, and the errors among them.

    Args:
        photos: number of photos of each person, (p,).
        group: number of each person's group, (p,), -1 for none.
    """

    def __init__(self, photos: np.ndarray, group: np.ndarray, groups: int):
        self._photos, self._group, self._groups = photos, group, groups
        self._own = photos * (photos - 1) / 2
        self._member = group[:, None] == np.arange(groups)

    def sizes(self) -> list[dict]:
        once = np.ones(len(self._photos))
        impostors = self._impostors(once)
        return [
            {
                "people": int(member.sum()),
                "photos": int(self._photos[member].sum()),
                "genuine_pairs": round(self._own[member].sum()),
                "impostor_pairs": round(impostors[k, k]),
            }
            for k, member in enumerate(self._member.T)
        ]

    def rates(self, missed, matched, draws) -> tuple[list[list[dict]], list[dict]]:
        """The matrix of false-match rates and the list of false-non-match rates.

        Args:
            missed: the person of each false non-match, (m,).
            matched: the people of each false match, the lower number first, (k, 2).
            draws: how often each person counts in each resample, (r, p).
        """
        once = np.ones((1, len(self._photos)))
        wrong = np.bincount(missed, minlength=len(self._photos))
        pairs, times = np.unique(matched, axis=0, return_counts=True)
        inside = (self._group[pairs] >= 0).all(axis=1)
        pairs, times = pairs[inside], times[inside]
        cell = np.sort(self._group[pairs], axis=1) @ [self._groups, 1]

        def fnmr(weights):
            return (weights * wrong) @ self._member, (weights * self._own) @ self._member

        def fmr(weights):
            errors, all_of_them = [], []
            for row in weights:
                both = row[pairs[:, 0]] * row[pairs[:, 1]] * times
                upper = np.bincount(cell, both, self._groups**2).reshape([self._groups] * 2)
                errors.append(upper + np.triu(upper, 1).T)
                all_of_them.append(self._impostors(row))
            return np.array(errors), np.array(all_of_them)

        several = (self._member & (self._photos > 1)[:, None]).sum(axis=0)
        members = self._member.sum(axis=0)
        people_pairs = np.outer(members, members) - np.diag(members * (members + 1) // 2)
        return (
            _with_intervals(fmr(once), fmr(draws), people_pairs).tolist(),
            _with_intervals(fnmr(once), fnmr(draws), several).tolist(),
        )

    def _impostors(self, weights) -> np.ndarray:
        """Pairs of two people within groups (on the diagonal) and between them, (g, g)."""
        counted = self._photos * weights
        sums = counted @ self._member
        pairs = np.outer(sums, sums)
        np.fill_diagonal(pairs, (sums**2 - counted**2 @ self._member) / 2)
        return pairs


def _with_intervals(once, resampled, units) -> np.ndarray:
    """Rates with their intervals, an array of dicts in the shape of `units`.

    Args:
        once: errors and pairs, each (1, ...).
        resampled: the same of each resample, (r, ...).
        units: the number of people, or pairs of people, behind each rate. They are the trials of
            Wilson's interval, which is used if all resamples agree, as when there is no error.
    """
    found = np.empty(units.shape, object)
    for place in np.ndindex(units.shape):
        errors, pairs = (float(part[(0, *place)]) for part in once)
        wrong, among = (part[(slice(None), *place)] for part in resampled)
        value = low = high = None
        if pairs:
            value = errors / pairs
            values = wrong[among > 0] / among[among > 0]
            if len(values) and np.ptp(values):
                tail = (1 - LEVEL) / 2
                low, high = np.quantile(values, [tail, 1 - tail])
            else:
                low, high = wilson(value, int(units[place]))
            low, high = min(low, value), max(high, value)
        found[place] = {
            "value": _short(value),
            "low": _short(low),
            "high": _short(high),
            "errors": round(errors),
            "pairs": round(pairs),
        }
    return found


def _draws(people: int, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.stack(
        [
            np.bincount(generator.integers(0, people, people), minlength=people).astype(float)
            for _ in range(RESAMPLES)
        ]
    )


def _short(value) -> float | None:
    """Round to four significant digits, because rates may be far below 1e-5."""
    return None if value is None else float(f"{value:.4g}")
