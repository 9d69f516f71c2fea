"""Sample pairs and groups of photos by seed, and split people into training and validation."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ml.errors import MlError


class SampledPairs(NamedTuple):
    """Positions of the two photos, and whether they show the same person, each (n,)."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


def rows_by_person(people) -> dict[str, np.ndarray]:
    """Positions of each person's photos."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, person in enumerate(people):
        rows[person].append(row)
    return {person: np.array(where) for person, where in rows.items()}


def split_people(people, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split photos so that nobody is on both sides.

    People with several photos and people with one photo are split separately, so that both sides get
    pairs of the same person.

    Returns:
        positions of the photos for training, and of those for validation, which belong to about
        `share` of the people.

    Raises:
        MlError: there are too few people for both sides.
    """
    groups = rows_by_person(people)
    generator = np.random.default_rng(seed)
    held_out: list[str] = []
    for several in (True, False):
        names = sorted(name for name, rows in groups.items() if (len(rows) > 1) == several)
        count = round(share * len(names))
        if several and len(names) > 1:
            count = min(max(count, 1), len(names) - 1)
        held_out += [names[k] for k in generator.permutation(len(names))[:count]]
    chosen = set(held_out)
    inside = np.array([person in chosen for person in people])
    training, validation = np.flatnonzero(~inside), np.flatnonzero(inside)
    if not len(training) or not len(validation):
        raise MlError(
            "data_too_small",
            f"{len(groups)} people are too few to keep some of them apart for validation.",
            "Add people.",
        )
    check_apart(np.asarray(people)[training], np.asarray(people)[validation])
    return training, validation


def check_apart(training, validation) -> None:
    """Check that nobody is on both sides.

    Raises:
        MlError: somebody is; the message names up to five people.
    """
    both = sorted(set(training) & set(validation))
    if both:
        raise MlError(
            "people_leak",
            f"{len(both)} people are both in training and in validation: {', '.join(both[:5])}.",
            "Split by person.",
        )


def sample_pairs(
    people, count: int, generator: np.random.Generator, *, self_pairs: bool = False
) -> SampledPairs:
    """Sample pairs in random order, half of them (rounded down) of the same person.

    Args:
        self_pairs: whether a single photo of a person may be paired with itself, which makes sense
            only where both copies are augmented afterwards.

    Raises:
        MlError: nobody has two photos, or there is only one person.
    """
    groups = rows_by_person(people)
    if len(groups) < 2:
        raise MlError("data_one_person", "Pairs need at least two people.", "Add people.")
    candidates = sorted(name for name, rows in groups.items() if self_pairs or len(rows) > 1)
    if not candidates:
        raise MlError(
            "data_no_positives",
            "Nobody has two photos, so there is no pair of the same person.",
            "Add a second photo of some people.",
        )
    names = sorted(groups)
    first, second, same = [], [], []
    for number in generator.permutation(count):
        if number < count // 2:
            rows = groups[candidates[generator.integers(len(candidates))]]
            one, other = generator.choice(rows, 2, replace=len(rows) == 1)
        else:
            one, other = (
                generator.choice(groups[names[k]])
                for k in generator.choice(len(names), 2, replace=False)
            )
        first.append(one)
        second.append(other)
        same.append(number < count // 2)
    return SampledPairs(np.array(first), np.array(second), np.array(same))


def sample_groups(people, count: int, each: int, generator: np.random.Generator) -> np.ndarray:
    """Positions of photos of `count` people, `each` of every person, who repeat where there are fewer.

    People with several photos are taken four times as often as people with one.
    """
    groups = rows_by_person(people)
    names = sorted(groups)
    weights = np.array([len(groups[name]) > 1 for name in names]) * 3.0 + 1.0
    chosen = generator.choice(
        len(names), min(count, len(names)), replace=False, p=weights / weights.sum()
    )
    picks = []
    for k in chosen:
        rows = groups[names[k]]
        picks.append(generator.choice(rows, each, replace=len(rows) < each))
    return np.concatenate(picks)
