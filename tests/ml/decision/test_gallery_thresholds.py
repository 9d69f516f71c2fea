"""Thresholds from the scores of a gallery."""

import numpy as np
import pytest

from ml.decision.gallery import Gallery
from ml.decision.gallery_thresholds import BINS, measure, people_needed
from ml.decision.head import Head


def head(threshold_logit: float = 0.0) -> Head:
    """similarity = sigmoid(-|a - b|) in one dimension; up to 10 apart one person is more probable."""
    high = 1 / (1 + np.exp(-threshold_logit))
    points = {
        name: {"false_match_rate": rate, "threshold": high}
        for name, rate in (("1e-2", 1e-2), ("1e-3", 1e-3), ("1e-4", 1e-4))
    }
    return Head({"weights": [-1.0], "bias": 0.0}, {"slope": 1.0, "intercept": 10.0}, points)


def line(*places: float) -> np.ndarray:
    return np.array(places, np.float32)[:, None]


@pytest.mark.parametrize(("rate", "people"), [(1e-2, 25), (1e-3, 78), (1e-4, 246)])
def test_three_times_as_many_pairs_of_people_as_the_rate_asks_for(rate, people):
    def pairs(n: int) -> int:
        return n * (n - 1) // 2

    assert people_needed(rate) == people
    assert pairs(people) >= 3 / rate > pairs(people - 1)


def test_every_pair_is_scored_once_and_counted_by_kind():
    found = measure(head(-1.5), line(0, 1, 10, 11, 30), np.array([0, 0, 1, 1, 2]))

    assert (found["people"], found["people_with_several"], found["photos"]) == (3, 2, 5)
    assert (found["genuine"], found["impostor"], found["people_pairs"]) == (2, 8, 3)
    assert (sum(found["histogram"]["genuine"]), sum(found["histogram"]["impostor"])) == (2, 8)
    assert len(found["histogram"]["genuine"]) == BINS
    # Genuine pairs lie 1 apart, impostors 9 or more.
    for point in found["points"]:
        assert (point["fmr"], point["fnmr"], point["own"]) == (0.0, 0.0, None)
    assert measure(head(-0.5), line(0, 1, 9), np.array([0, 0, 1]))["points"][0]["fnmr"] == 1.0
    assert measure(head(-8.5), line(0, 1, 9), np.array([0, 0, 1]))["points"][0]["fmr"] == 0.5


def test_the_own_threshold_lets_this_share_of_the_impostors_through():
    rng = np.random.default_rng(3)
    centres = np.repeat(rng.uniform(0, 100, 40), 2)
    people = np.repeat(np.arange(40), 2)
    embeddings = line(*(centres + rng.normal(0, 0.01, 80)))

    found = measure(head(-5.0), embeddings, people)
    relaxed, standard, strict = found["points"]

    assert relaxed["own"]["fmr"] == pytest.approx(1e-2, rel=0.1)
    assert relaxed["own"]["fmr"] < relaxed["fmr"]
    assert standard["own"] is strict["own"] is None
    low, high = relaxed["own"]["band"]
    assert low <= high == relaxed["own"]["threshold"]
    moved = head(-5.0).adjusted({1e-2: relaxed["own"]["shift"]})
    assert moved.operating_point(1e-2)["threshold"] == pytest.approx(high, abs=1e-5)
    assert moved.operating_point(1e-2)["band"] == pytest.approx([low, high], abs=1e-5)
    still = head(-5.0).operating_point(1e-3)
    assert moved.operating_point(1e-3)["band"] == pytest.approx(still["band"])


def test_a_person_of_many_photos_does_not_speak_for_all():
    people = np.repeat([0, 1, 2], [50, 2, 1])
    found = measure(head(), line(*range(53)), people)

    assert found["photos"] == 5 + 2 + 1
    assert found["genuine"] == 10 + 1


def test_thresholds_for_people_move_as_those_for_pairs_do():
    spec = {
        "anchors": [1], "rates": [1.0, 0.1, 0.01, 0.001, 0.0001],
        "logits": {"1": [-4.0, -3.0, -2.0, -1.0, 0.0]},
        "calibration": {"1": {"slope": 1.0, "intercept": 0.0}},
    }  # fmt: skip
    before = Gallery(head(), spec)
    after = before.adjusted({1e-4: 0.5})

    def logits(gallery, rate: float) -> list[float]:
        low, high = gallery.operating_point(rate, 1)["band"]
        return [float(np.log(p / (1 - p))) for p in (low, high)]

    # Only the threshold moves: people are told apart by their probability, as before.
    assert logits(before, 1e-4) == pytest.approx([np.log(1 / 9), 0.0])
    assert logits(after, 1e-4) == pytest.approx([np.log(1 / 9), 0.5])
    assert logits(after, 1e-2) == logits(before, 1e-2)
    assert before.adjusted({}) is before
