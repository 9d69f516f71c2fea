"""People with several anchors, and the search over many people."""

import numpy as np
import pytest

from ml.calibration import from_photos
from ml.decision.gallery import Gallery, template
from ml.decision.head import Head
from tests.support.embeddings import people
from tests.support.faces import make_face

SPEC = {
    "anchors": [1, 3],
    "rates": [1.0, 1e-1, 1e-2, 1e-3],
    "logits": {"1": [-3.0, 0.0, 1.0, 2.0], "3": [-3.0, 0.5, 1.5, 2.5]},
    "calibration": {"1": {"slope": 2.0, "intercept": 0.0}, "3": {"slope": 2.0, "intercept": -1.0}},
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture
def gallery():
    return Gallery(
        Head({"weights": [-1.0, -1.0], "bias": 3.0}, {"slope": 1, "intercept": 0}, {}), SPEC
    )


def test_a_template_is_the_mean_direction():
    anchors = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    assert template(anchors) == pytest.approx([0.5**0.5, 0.5**0.5])


def test_a_person_without_anchors_has_no_template():
    with pytest.raises(ValueError, match="at least one anchor"):
        template(np.empty((0, 2)))


def test_a_measured_rate_has_its_measured_threshold(gallery):
    point = gallery.operating_point(1e-2, anchors=1)
    assert point["threshold"] == pytest.approx(sigmoid(1.0))
    # Open down to where the probability, sigmoid(2 x), is 0.1.
    assert point["band"] == pytest.approx([0.25, sigmoid(1.0)])


def test_a_rate_that_was_reckoned_moves_the_threshold_of_the_rate_that_was_written(gallery):
    reckoned = 0.1 * 0.1 * 0.1
    assert reckoned != 1e-3

    moved = gallery.adjusted({reckoned: 1.0})

    plain, shifted = (each.operating_point(1e-3, anchors=1) for each in (gallery, moved))
    assert plain["threshold"] == pytest.approx(sigmoid(2.0))
    assert shifted["threshold"] == pytest.approx(sigmoid(3.0))


def test_people_with_unlike_numbers_of_photos_are_ranked_by_how_probable_they_are(gallery):
    # Logits 1.5 of one photo and 1.6 of three: sigmoid(3) and sigmoid(2.2) for one person alone.
    templates = np.array([[1.5, 0.0], [1.4, 0.0]], np.float32)

    found = gallery.search(np.zeros(2, np.float32), templates, np.array([1, 3]), limit=1)

    assert [each.row for each in found] == [0]
    assert found[0].decision.probability == pytest.approx(sigmoid(3.0 - np.log(2)))


def test_among_many_people_the_chance_of_one_is_smaller(gallery):
    # As if before the photo is seen it were even whether it is any of them, and then each as probable.
    probe = np.zeros(2, np.float32)
    alone = np.array([[1.0, 0.0]], np.float32)
    crowd = np.concatenate([alone, np.full((9, 2), 9.0, np.float32)])

    (one,) = gallery.search(probe, alone, np.ones(1, int), limit=1)
    (of_ten,) = gallery.search(probe, crowd, np.ones(10, int), limit=1)

    assert one.decision == gallery.decide(probe, alone).decision
    odds = one.decision.probability / (1 - one.decision.probability)
    assert of_ten.decision.probability == pytest.approx(odds / (odds + 10))


def test_a_number_of_anchors_that_was_not_measured_gets_the_next_larger_ones_threshold(gallery):
    assert gallery.operating_point(1e-2, anchors=2) == gallery.operating_point(1e-2, anchors=3)
    assert gallery.operating_point(1e-2, anchors=9) == gallery.operating_point(1e-2, anchors=3)


def test_among_ten_candidates_each_comparison_gets_a_tenth_of_the_rate(gallery):
    assert gallery.operating_point(1e-2, 1, candidates=10)["threshold"] == pytest.approx(
        sigmoid(2.0)
    )


def test_rarer_rates_than_measured_continue_the_tail_as_a_power_of_the_distance():
    # The distance from the highest logit halves with each decade: 1 at 1e-3, so 1/4 at 1e-5.
    rates, logits = [1.0, 1e-1, 1e-2, 1e-3], [-4.0, 0.0, 2.0, 3.0]
    neuron, platt = {"weights": [-1.0], "bias": 4.0}, {"slope": 9.0, "intercept": 0.0}
    spec = {"anchors": [1], "rates": rates, "logits": {"1": logits}, "calibration": {"1": platt}}
    gallery = Gallery(Head(neuron, platt, {}), spec)

    found = [gallery.operating_point(1e-2, 1, candidates=n)["threshold"] for n in (1000, 10**12)]

    assert found[0] == pytest.approx(sigmoid(3.75))
    assert found[0] < found[1] <= sigmoid(4.0)  # never more than a photo and itself reach


def test_a_head_without_a_highest_logit_continues_the_tail_in_a_straight_line():
    gallery = Gallery(
        Head({"weights": [-1.0, 0.5], "bias": 3.0}, {"slope": 1, "intercept": 0}, {}), SPEC
    )

    # 5/3 logits a decade between 1 and 1e-3, so 1e-5 lies 10/3 above the last
    assert gallery.operating_point(1e-5, 1)["threshold"] == pytest.approx(sigmoid(2.0 + 10 / 3))


def test_a_verdict_on_a_person_shows_each_anchors_similarity(litert):
    anchors = litert.embed([litert.acquire(make_face(0, k)).face.chips for k in (1, 2, 3)])
    probe, stranger = litert.embed([litert.acquire(make_face(i)).face.chips for i in (0, 1)])
    found = litert.gallery.decide(probe, anchors)
    assert found.decision.outcome == "match"
    assert found.anchor_similarities == pytest.approx(litert.head.similarities(probe, anchors))
    assert litert.gallery.decide(stranger, anchors).decision.outcome == "no_match"


def test_a_search_ranks_the_right_person_first_and_passes_nobody_for_a_stranger(litert):
    faces = litert.embed([litert.acquire(make_face(i, 1)).face.chips for i in range(6)])
    probe, stranger = litert.embed([litert.acquire(make_face(i)).face.chips for i in (4, 9)])
    counts = np.ones(6, int)
    best = litert.gallery.search(probe, faces, counts, limit=3)
    assert len(best) == 3
    assert (best[0].row, best[0].decision.outcome) == (4, "match")
    assert all(row.decision.outcome != "match" for row in best[1:])
    assert all(
        row.decision.outcome != "match" for row in litert.gallery.search(stranger, faces, counts)
    )


def test_an_empty_gallery_finds_nobody(litert):
    assert litert.gallery.search(np.zeros(128), np.empty((0, 128), np.float32), np.empty(0)) == []


@pytest.mark.training
@pytest.mark.parametrize("size", [10, 200])
def test_strangers_meet_anyone_in_the_gallery_no_more_often_than_the_rate_says(size):
    fitted = from_photos.fit(*people(300, 4, 0.45, seed=1))
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    gallery = Gallery(head, fitted.gallery)
    known, _ = people(size, 1, 0.45, seed=5)
    strangers, _ = people(400, 1, 0.45, seed=6)
    rate = 0.05
    met = [
        gallery.search(probe, known, np.ones(size, int), false_match_rate=rate)[0].decision.outcome
        == "match"
        for probe in strangers
    ]
    assert np.mean(met) < 2 * rate


@pytest.mark.training
@pytest.mark.parametrize("faces", [2, 10])
def test_a_photo_of_strangers_has_anyone_named_no_more_often_than_the_rate_says(faces):
    fitted = from_photos.fit(*people(300, 4, 0.45, seed=1))
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    gallery = Gallery(head, fitted.gallery)
    known, _ = people(20, 1, 0.45, seed=5)
    strangers, _ = people(100 * faces, 1, 0.45, seed=6)
    rate = 0.05

    def named(probe) -> bool:
        (best,) = gallery.search(
            probe, known, np.ones(20, int), false_match_rate=rate, limit=1, probes=faces
        )
        return best.decision.outcome == "match"

    photos = np.split(np.array([named(probe) for probe in strangers]), 100)
    assert np.mean([photo.any() for photo in photos]) < 2 * rate
