"""Scores, thresholds and calibration, against values worked out by hand."""

import numpy as np
import pytest

from ml.calibration import from_photos
from ml.decision.head import Head
from tests.support.embeddings import people

HEAD = {"weights": [-1.0, -2.0], "bias": 1.0}
POINTS = {"1e-3": {"false_match_rate": 1e-3, "threshold": 0.6}}


@pytest.fixture
def head():
    return Head(HEAD, {"slope": 2.0, "intercept": -0.5}, POINTS)


def at(logit):
    """Two embeddings whose distance gives this logit."""
    return np.array([0.0, 0.0]), np.array([1.0 - logit, 0.0])


def test_similarity_is_the_sigmoid_of_the_weighted_distance(head):
    # 1 - 1*|0.5| - 2*|0.25| = 0, and sigmoid(0) = 0.5
    assert head.similarities(np.array([0.5, 0.0]), np.array([0.0, 0.25])) == pytest.approx(0.5)


def test_probability_is_platt_scaled(head):
    # sigmoid(2 * 1 - 0.5) = 1 / (1 + e^-1.5)
    assert head.probability(1.0) == pytest.approx(0.8175744762)


@pytest.mark.parametrize(
    ("logit", "outcome"),
    [
        (0.9, "match"),
        (0.41, "match"),
        (0.40, "inconclusive"),
        (-0.84, "inconclusive"),
        (-0.85, "no_match"),
    ],
)
def test_below_the_threshold_nothing_is_decided_until_the_same_person_is_improbable(
    head, logit, outcome
):
    # sigmoid(0.405) = 0.6, and sigmoid(2 * -0.8486 - 0.5) = 0.1
    assert head.decide(*at(logit)).outcome == outcome


def test_confidence_is_that_of_the_answer_given(head):
    far = head.decide(*at(-3.0))
    assert far.confidence == pytest.approx(1 - far.probability)
    near = head.decide(*at(0.9))
    assert near.confidence == near.probability


def test_the_match_threshold_is_the_top_of_the_band(litert):
    for point in litert.operating_points.values():
        low, high = point["band"]
        assert low < high == point["threshold"]


def test_a_rate_that_was_reckoned_is_the_rate_that_was_written(head):
    reckoned = 0.1 * 0.1 * 0.1
    assert reckoned != 1e-3

    assert head.decide(*at(0.9), reckoned) == head.decide(*at(0.9), 1e-3)
    moved = head.adjusted({reckoned: 1.0})
    assert moved.decide(*at(0.9), 1e-3).outcome == "inconclusive"


def test_a_rate_that_a_model_lacks_is_refused_with_those_it_has(head):
    with pytest.raises(ValueError, match=r"1e-05; offered: 0\.001"):
        head.decide(*at(0.9), 1e-5)


@pytest.mark.training
def test_thresholds_hold_their_false_match_rate_on_people_never_seen():
    fitted = from_photos.fit(*people(300, 4, 0.45, seed=1))
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    fresh, _ = people(500, 1, 0.45, seed=2)
    a, b = np.triu_indices(500, 1)
    scores = head.similarities(fresh[a], fresh[b])
    for point in (fitted.operating_points["1e-2"], fitted.operating_points["1e-3"]):
        measured = (scores >= point["threshold"]).mean()
        assert point["false_match_rate"] / 2 < measured < point["false_match_rate"] * 2


@pytest.mark.training
def test_probabilities_are_calibrated_on_held_out_pairs():
    fitted = from_photos.fit(*people(300, 4, 0.7, seed=3))
    assert fitted.metrics["expected_calibration_error"] < 0.03
    assert fitted.metrics["genuine_pairs"] == 300 * 6


@pytest.mark.training
def test_the_same_seed_gives_the_same_head():
    data = people(60, 3, 0.5, seed=4)
    assert from_photos.fit(*data) == from_photos.fit(*data)
