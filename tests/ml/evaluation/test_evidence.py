"""Whether probabilities hold: what is counted, beside figures reckoned by hand."""

import numpy as np
import pytest

from ml.decision.gallery import Gallery
from ml.decision.head import Head
from ml.evaluation import evidence
from ml.evaluation.evidence import First

PLATT = {"slope": 1.0, "intercept": 0.0}
NEURON = {"weights": [-8.0] * 4, "bias": 4.0, "power": 2}
SPEC = {
    "anchors": [1], "rates": [1.0, 1e-2, 1e-3, 1e-4], "logits": {"1": [-4.0, 1.0, 2.0, 2.5]},
    "calibration": {"1": PLATT},
}  # fmt: skip


@pytest.fixture
def gallery() -> Gallery:
    return Gallery(Head(NEURON, PLATT, {}), SPEC)


def test_a_search_is_right_where_nobody_is_nearer_and_both_kinds_of_searches_count_half(gallery):
    # Likelihood ratios of 3, 1 and 1, and odds of half as much before the search: 3, 1 and 1 to 2.
    own, other = np.log([3.0, 0.1]), np.log([0.2, 1.0])

    found = evidence.of_searches(gallery, 1, 2, First(own, other, np.log([1.0])))

    low, high = found["groups"]["line"]
    assert (low["searches"], low["stated"], low["right"]) == (2, 0.3333, 0.0)
    assert (high["searches"], high["stated"], high["right"]) == (1, 0.6, 1.0)
    expected = -(0.25 * np.log(3 / 5) + 0.75 * np.log(2 / 3))
    assert found["log_loss"]["line"] == pytest.approx(expected, abs=1e-5)
    # A quarter of the weight is stated 0.6 and right, three quarters 1/3 and wrong.
    assert found["error"]["line"] == pytest.approx(0.25 * 0.4 + 0.75 / 3, abs=1e-4)
    assert found["known"] == {"line": 0.4667, "tail": 0.4667, "right": 0.5}
    assert found["strangers"]["line"] == 0.3333


def test_a_likelihood_ratio_is_how_much_rarer_strangers_reach_a_score(gallery):
    same, strangers = np.array([0.0, 6.0, 7.0, 8.0]), np.linspace(-5.0, 5.0, 10_000)

    found = evidence.of_scores(gallery, 1, same, strangers)

    # One in 100 strangers reaches 4.9. All but one of the four photos lie beyond all strangers.
    first, *between, last = found["tail"]
    assert (first["logit"], first["same"], first["strangers"]) == (4.9, 0, 90)
    assert {row["measured"] for row in between} == {None}
    assert (last["same"], last["strangers"]) == (3, 1)
    assert last["measured"] == pytest.approx(np.log(0.75 / 1e-4), abs=0.01)
    assert last["line"] == last["tail"]  # no more than the line is known of this model
    assert 6.0 < last["line"] < 7.0
