"""Identifications in large galleries: what is counted, and the people who are drawn to fill them."""

import numpy as np
import pytest

from ml.decision.gallery import Gallery
from ml.decision.head import RATES, Head
from ml.evaluation import identify_scale, population
from ml.evaluation.identify_scale import Faces

D, PEOPLE, PHOTOS = 24, 400, 3
NEURON = {"weights": [-8.0] * D, "bias": 4.0, "power": 2}
PLATT = {"slope": 8.0, "intercept": 8.0}


def faces_of(people: int, *, alike: float, seed: int = 5) -> Faces:
    """People of ten kinds; photos of one person differ by `alike`."""
    rng = np.random.default_rng(seed)
    kinds = rng.normal(0, 0.6, (10, D))
    who = kinds[rng.integers(0, 10, people)] + rng.normal(0, 1.0, (people, D))
    photos = np.repeat(who, PHOTOS, axis=0) + rng.normal(0, alike, (people * PHOTOS, D))
    unit = photos / np.linalg.norm(photos, axis=1, keepdims=True)
    return Faces(unit.astype(np.float32), np.repeat(np.arange(people), PHOTOS))


@pytest.fixture(scope="module")
def real() -> Faces:
    return faces_of(PEOPLE, alike=0.3)


@pytest.fixture(scope="module")
def others() -> Faces:
    """More people of the same kinds."""
    more = faces_of(2 * PEOPLE, alike=0.3)
    last = more.people >= PEOPLE
    return Faces(more.embeddings[last], more.people[last])


@pytest.fixture(scope="module")
def drawn_from(others) -> population.Population:
    return population.fit(others.embeddings, others.people, [D])


def gallery_with(threshold: float) -> Gallery:
    """The same threshold at every rate."""
    points = {n: {"false_match_rate": r, "threshold": 0.5} for n, r in RATES.items()}
    rates = [1.0, 1e-2, 1e-4, 1e-6]
    spec = {"anchors": [1], "rates": rates, "logits": {"1": [threshold] * 4}, "calibration": {"1": PLATT}}  # fmt: skip
    return Gallery(Head(NEURON, PLATT, points), spec)


def rows_at(threshold: float, faces: Faces, others: Faces, drawn_from) -> list[dict]:
    found = identify_scale.measure(
        gallery_with(threshold), NEURON, faces, others, drawn_from, sizes=(100, 1000), anchors=(1,)
    )
    return found["searches"]


def test_drawn_people_are_as_near_to_people_they_were_not_fitted_on_as_real_ones_are(
    real, others, drawn_from
):
    found = identify_scale.check(NEURON, real, others, drawn_from)

    for kind, shares in (("pairs", ("0.001", "0.0001")), ("nearest", ("0.5", "0.9"))):
        for share in shares:
            more = found["drawn"][kind][share] - found["real"][kind][share]
            assert abs(more) < 0.4, (kind, share)
    for share in ("0.25", "0.5", "0.75"):
        of_one = [found[name]["one_person"][share] for name in ("real", "drawn")]
        assert of_one[0] == pytest.approx(of_one[1], abs=0.4)


def test_a_drawn_photo_has_the_towers_lengths(real):
    twice = np.concatenate([0.8 * real.embeddings, 0.6 * real.embeddings], axis=1)

    drawn = population.fit(twice, real.people, [D, D]).draw(5, 2, np.random.default_rng(1))

    assert np.linalg.norm(drawn[..., :D], axis=-1) == pytest.approx(np.full((5, 2), 0.8), abs=1e-4)
    assert np.linalg.norm(drawn[..., D:], axis=-1) == pytest.approx(np.full((5, 2), 0.6), abs=1e-4)


def test_a_search_for_a_stranger_leaves_out_their_own_template(real, others, drawn_from):
    # Photos of one person are the same photo: only their own template would reach this threshold.
    same = Faces(np.repeat(real.embeddings[::PHOTOS], PHOTOS, axis=0), real.people)

    rows = rows_at(3.99, same, others, drawn_from)

    assert {row["fpir"]["hits"] for row in rows} == {0}
    assert {row["fnir"]["hits"] for row in rows} == {0}
    assert {row["rank1"]["value"] for row in rows} == {1.0}


def test_everybody_is_named_where_everything_matches_and_nobody_where_nothing_does(real, others, drawn_from):  # fmt: skip
    low, high = (rows_at(threshold, real, others, drawn_from) for threshold in (-3.0, 4.1))

    assert low[-1]["fpir"]["hits"] > high[-1]["fpir"]["hits"] == 0
    assert {row["fnir"]["value"] for row in high} == {1.0}
    galleries = {(row["people"], row["real"], row["fpir"]["searches"]) for row in low}
    assert galleries == {(100, 100, PEOPLE), (1000, 2 * PEOPLE, PEOPLE)}
    assert low[0]["fpir"]["hits"] <= low[-1]["fpir"]["hits"]  # the larger gallery holds the smaller


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(0, 1000, 0.0, 0.003682), (5, 100, 0.016432, 0.112835), (10, 10, 0.691503, 1.0)],
)
def test_the_interval_of_a_share_is_that_of_clopper_and_pearson(hits, trials, low, high):
    assert identify_scale.interval(hits, trials) == pytest.approx((low, high), abs=1e-5)
