"""Pairs of photos drawn by seed, as many of one person as of two; people split, never pairs."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from ml.errors import MlError


class Drawn(NamedTuple):
    """Positions of both photos and whether they show the same person, each (n,)."""

    first: np.ndarray
    second: np.ndarray
    same: np.ndarray


def rows_by_person(people) -> dict[str, np.ndarray]:
    """Positions of each person's photos."""
    rows = defaultdict(list)
    for row, person in enumerate(people):
        rows[person].append(row)
    return {person: np.array(where) for person, where in rows.items()}


def split_people(people, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split photos so that every person is on one side alone.

    People with several photos and people with one are split separately: both sides get pairs.

    Returns:
        positions of the photos for training and of those for validation; the latter belong to
        about `share` of the people.

    Raises:
        MlError: there are too few people for both sides.
    """
    groups = rows_by_person(people)
    generator = np.random.default_rng(seed)
    held_out = []
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
            f"{len(groups)} people are too few to keep some apart for validation.",
            "Add people.",
        )
    check_apart(np.asarray(people)[training], np.asarray(people)[validation])
    return training, validation


def check_apart(training, validation) -> None:
    """Make sure that no person is on both sides.

    Raises:
        MlError: somebody is; the message names up to five.
    """
    both = sorted(set(training) & set(validation))
    if both:
        raise MlError(
            "people_leak",
            f"{len(both)} people are both in training and in validation: {', '.join(both[:5])}.",
            "Split by person.",
        )


def draw(people, count: int, generator: np.random.Generator, *, twice: bool = False) -> Drawn:
    """Draw pairs, half of them (rounded down) of the same person, in mixed order.

    Args:
        twice: a person with one photo may be paired with itself; only sensible where both copies
            are then augmented.

    Raises:
        MlError: no person has two photos, or there is one person alone.
    """
    groups = rows_by_person(people)
    if len(groups) < 2:
        raise MlError("data_one_person", "Pairs need at least two people.", "Add people.")
    able = sorted(name for name, rows in groups.items() if twice or len(rows) > 1)
    if not able:
        raise MlError(
            "data_no_positives",
            "Nobody has two photos, so no pair of the same person can be drawn.",
            "Add a second photo of some people.",
        )
    names = sorted(groups)
    first, second, same = [], [], []
    for number in generator.permutation(count):
        if number < count // 2:
            rows = groups[able[generator.integers(len(able))]]
            pair = generator.choice(rows, 2, replace=len(rows) == 1)
        else:
            pair = [
                generator.choice(groups[names[k]])
                for k in generator.choice(len(names), 2, replace=False)
            ]
        first.append(pair[0])
        second.append(pair[1])
        same.append(number < count // 2)
    return Drawn(np.array(first), np.array(second), np.array(same))


def draw_groups(people, count: int, each: int, generator: np.random.Generator) -> np.ndarray:
    """Positions of `count` people's photos, `each` of everybody; photos repeat where too few."""
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
