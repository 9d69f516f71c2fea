"""Calibration on listed pairs: nobody is judged by a head that saw them."""

import numpy as np
import pytest

from ml.calibration import from_pairs
from ml.calibration.from_photos import operating_points
from ml.decision.head import Head
from ml.errors import MlError
from ml.evaluation.datasets import lfw


def made_up(people, photos, pairs_each, *, seed, named=True, spread=0.5):
    """Embeddings, names and as many pairs of each kind."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(people, 1, 16))
    points = (centres + rng.normal(0, spread, (people, photos, 16))).reshape(-1, 16)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    names = [f"P{i}_{k:04d}" for i in range(people) for k in range(photos)]
    listed, labels = [], []
    for _ in range(pairs_each):
        who, other = rng.choice(people, 2, replace=False)
        one, two = rng.choice(photos, 2, replace=False)
        listed += [
            (f"P{who}_{one:04d}", f"P{who}_{two:04d}"),
            (f"P{who}_{one:04d}", f"P{other}_{two:04d}"),
        ]
        labels += [1, 0]
    known = {name: lfw.person_of(name) for name in names} if named else {}
    return (
        points.astype(np.float32),
        names,
        lfw.LabelledPairs(listed, labels, [0] * len(labels), {}, known),
    )


def test_thresholds_hold_on_people_never_seen():
    fitted = from_pairs.fit(*made_up(300, 3, 1500, seed=1))
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    fresh, _, _ = made_up(500, 2, 1, seed=2)
    a, b = np.triu_indices(500, 1)
    scores = head.similarities(fresh[::2][a], fresh[::2][b])
    point = fitted.operating_points["1e-2"]
    assert 0.005 < (scores >= point["threshold"]).mean() < 0.02
    assert fitted.metrics["fnmr"]["1e-2"]["low"] <= fitted.metrics["fnmr"]["1e-2"]["value"]


def test_figures_on_pure_noise_stay_at_chance():
    # Many numbers, few pairs: a head judged on its own pairs would look good on noise alone.
    rng = np.random.default_rng(3)
    _, names, pairs = made_up(60, 2, 120, seed=4)
    noise = rng.normal(size=(len(names), 48)).astype(np.float32)
    fitted = from_pairs.fit(noise, names, pairs)
    assert fitted.metrics["equal_error_rate"] == pytest.approx(0.5, abs=0.12)
    head = Head(fitted.head, fitted.calibration, fitted.operating_points)
    at = {name: k for k, name in enumerate(names)}
    a, b = np.array([[at[name] for name in pair] for pair in pairs.names]).T
    logits, same = head.logits(noise[a], noise[b]), np.array(pairs.labels) == 1
    assert (logits[same] > np.median(logits)).mean() > 0.6  # the shipped head has seen them all


def test_a_pair_with_a_refused_image_is_left_out():
    embeddings, names, pairs = made_up(100, 3, 300, seed=5)
    used = [k for k, pair in enumerate(pairs.names) if names[0] not in pair]
    fitted = from_pairs.fit(embeddings[1:], names[1:], pairs)
    scored = fitted.metrics["genuine_pairs"] + fitted.metrics["impostor_pairs"]
    assert scored == len(used)


def test_people_with_several_photos_need_names():
    assert from_pairs.fit(*made_up(100, 4, 400, seed=6)).gallery["anchors"][:2] == [1, 2]
    assert from_pairs.fit(*made_up(100, 4, 400, seed=6, named=False)).gallery == {}


def test_too_few_pairs_are_an_error():
    with pytest.raises(MlError) as caught:
        from_pairs.fit(*made_up(30, 3, 10, seed=7))
    assert caught.value.code == "too_few_pairs"


def test_rates_that_too_few_impostors_bear_out_are_continued_and_marked():
    # Logits whose tail falls by a decade a unit: the threshold at a rate r lies at -log10(r).
    logits = -np.log10((np.arange(4000) + 0.5) / 4000)
    points = operating_points(logits)
    assert [points[name].get("extrapolated", False) for name in points] == [False, True, True, True]
    for name, logit in (("1e-2", 2.0), ("1e-3", 3.0), ("1e-4", 4.0)):
        assert np.log(points[name]["threshold"] / (1 - points[name]["threshold"])) == pytest.approx(
            logit, abs=0.1
        )
