"""Error rates over all pairs: by hand, and the bootstrap over people against people written out twice."""

import numpy as np
import pytest

from ml.evaluation import all_pairs, metrics
from tests.support.present import present


def score_all(values):
    """Likeness of two made-up photos: the nearer their values, the higher."""
    first, second = np.triu_indices(len(values), 1)
    return -np.abs(values[first] - values[second])


def test_a_table_by_hand():
    # Photos: A 0 and 1, B 5 and 9. Genuine: -1, -4. Impostors: -5, -9, -4, -8.
    people, values = np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 5.0, 9.0])
    found = present(all_pairs.collect([(people, score_all(values))]))
    assert sorted(found.genuine) == [-4, -1]
    assert found.impostor.tolist() == [-4, -5, -8, -9]
    assert found.impostors == 4
    assert found.fnmr_at_fmr(0.0) == 0.5  # -4 is no better than the best impostor
    assert found.fnmr_at_fmr(0.25) == 0.0
    assert found.rates_at(-5) == (0.5, 1.0)
    assert found.rates_at(-3.9) == (0.0, 0.5)


def test_it_agrees_with_the_plain_metrics_in_two_sets():
    rng = np.random.default_rng(0)
    parts, genuine, impostor = [], [], []
    for first in (0, 10):
        people = np.repeat(np.arange(first, first + 10), 3)
        values = people + rng.normal(0, 1.0, 30)
        scores = score_all(values)
        a, b = np.triu_indices(30, 1)
        genuine.append(scores[people[a] == people[b]])
        impostor.append(scores[people[a] != people[b]])
        parts.append((people, scores))
    found = present(all_pairs.collect(parts))
    same, different = np.concatenate(genuine), np.concatenate(impostor)
    assert found.impostors == len(different)
    for rate in (1e-1, 1e-2, 1e-3):
        assert found.fnmr_at_fmr(rate) == pytest.approx(metrics.fnmr_at_fmr(same, different, rate))


def test_a_person_drawn_twice_counts_as_if_there_were_two():
    # Persons 0 (twice), 1 (not at all), 2 and 3 once: the same as with a double of person 0, whose
    # pairs with the original do not count.
    people = np.array([0, 0, 1, 1, 2, 2, 3, 3])
    values = np.array([0.0, 1.5, 0.2, 0.9, 2.0, 3.1, 3.3, 6.0])
    found = present(all_pairs.collect([(people, score_all(values))]))
    columns: tuple[list, list, list] = [], [], []
    for who in ((0, 2, 3), (0, 2, 3)):  # the pairs of each copy of person 0 with the rest
        rows = np.isin(people, who)
        a, b = (people[rows][side] for side in np.triu_indices(rows.sum(), 1))
        keep = (a == 0) | (b == 0)
        for column, part in zip(columns, (score_all(values[rows]), a, b), strict=True):
            column.append(part[keep])
    rest = np.isin(people, (2, 3))
    a, b = (people[rest][side] for side in np.triu_indices(rest.sum(), 1))
    scores, first, second = (
        np.concatenate([*column, more])
        for column, more in zip(columns, (score_all(values[rest]), a, b), strict=True)
    )
    same = first == second
    weights = np.array([2.0, 0.0, 1.0, 1.0])
    for rate in (0.0, 0.1, 0.3):
        expected = metrics.fnmr_at_fmr(scores[same], scores[~same], rate)
        assert found.fnmr_at_fmr(rate, weights) == pytest.approx(expected)


def test_the_interval_holds_the_value_and_narrows_with_more_people():
    widths = []
    for count in (20, 200):
        rng = np.random.default_rng(count)
        people = np.repeat(np.arange(count), 3)
        values = people * 0.2 + rng.normal(0, 0.1, len(people))
        found = present(all_pairs.collect([(people, score_all(values))]))
        low, high = found.interval(1e-2)
        assert low <= found.fnmr_at_fmr(1e-2) <= high
        widths.append(high - low)
    assert widths[1] < widths[0]


def test_no_pair_of_one_person_gives_no_rates():
    assert all_pairs.collect([(np.arange(3), np.zeros(3))]) is None


def test_logits_are_the_neurons():
    embeddings = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]], np.float32)
    head = {"weights": [-1.0, -2.0], "bias": 0.5}
    # |0-1| = 1, 2; |0-2| = 3, 1; |1-2| = 2, 1
    assert all_pairs.logits(head, embeddings).tolist() == [-4.5, -4.5, -3.5]
