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
    # Odds of 3, 1 and 1 before the others of two are reckoned with: 3, 1 and 1 to 3.
    own, other = np.log([3.0, 0.1]), np.log([0.2, 1.0])

    found = evidence.of_searches(gallery, 1, 2, First(own, other, np.log([1.0])))

    (middle, even) = found["groups"]["line"]
    assert (middle["searches"], middle["stated"], middle["right"]) == (2, 0.25, 0.0)
    assert (even["searches"], even["stated"], even["right"]) == (1, 0.5, 1.0)
    expected = -(0.25 * np.log(0.5) + 0.25 * np.log(0.75) + 0.5 * np.log(0.75))
    assert found["log_loss"]["line"] == pytest.approx(expected, abs=1e-5)


def test_a_likelihood_ratio_is_how_much_rarer_strangers_reach_a_score(gallery):
    rng = np.random.default_rng(1)
    who = rng.normal(size=(150, 1, 4))
    photos = (who + 0.2 * rng.normal(size=(150, 3, 4))).reshape(-1, 4)
    unit = (photos / np.linalg.norm(photos, axis=1, keepdims=True)).astype(np.float32)

    found = evidence.of_scores(gallery, NEURON, unit, np.repeat(np.arange(150), 3), 1)

    row = found["tail"][0]
    assert row["strangers"] == pytest.approx(0.009 * found["strangers"], rel=0.01)
    shares = row["same"] / found["same"], row["strangers"] / found["strangers"]
    assert row["measured"] == pytest.approx(np.log(shares[0] / shares[1]), abs=0.01)
    assert row["line"] == row["tail"]  # nothing but the line is known of this model
