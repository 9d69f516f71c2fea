"""Evidence in the tail of strangers' scores: likelihood ratios that every manifest's own figures give."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ml.decision import tail
from ml.decision.gallery import Gallery
from ml.decision.head import Head
from ml.decision.logistic import Platt, logit
from ml.packaging.prepare import HEADS

HIGHEST, UNIT = 5.0, 0.4
LINE = {"slope": 2.0, "intercept": 0.0}
RATES = [10.0 ** (-step / 4) for step in range(18)]
STRANGERS = stats.gamma(30, scale=0.27)


def logit_of(rate):
    return HIGHEST - STRANGERS.ppf(rate)


def same_person() -> stats.rv_continuous:
    return stats.gamma(tail.SHAPE, scale=UNIT)


SPEC: dict[str, Any] = {
    "anchors": [1],
    "rates": RATES,
    "logits": {"1": [-99.0, *(float(logit_of(rate)) for rate in RATES[1:])]},
    "calibration": {"1": LINE},
    "tmr": {"1": {"1e-4": float(same_person().cdf(HIGHEST - logit_of(1e-4)))}},
}
NEURON = {"weights": [-1.0], "bias": HIGHEST, "power": 2}


def gallery_of(spec: dict = SPEC) -> Gallery:
    return Gallery(Head(NEURON, LINE, {}), spec)


def true_evidence(logits):
    distances = HIGHEST - np.asarray(logits)
    return np.log(same_person().pdf(distances) / STRANGERS.pdf(distances))


def test_evidence_in_the_tail_is_the_logarithm_of_the_likelihood_ratio():
    logits = np.linspace(0.5, 2.3, 9)  # reached by strangers at 1e-3 to 1e-7

    found = gallery_of().scaling(1).evidence(logits)

    alike = np.exp(-true_evidence(logits)) + tail.ALIKE
    assert found == pytest.approx(-np.log(alike), abs=0.03)
    assert (found > Platt.of(LINE).evidence(logits)).all()


def test_where_scores_are_dense_the_line_that_was_fitted_there_holds():
    logits = np.linspace(-8.0, float(logit_of(1e-2)), 9)

    assert gallery_of().scaling(1).evidence(logits) == pytest.approx(2.0 * logits)


def test_no_photo_is_more_than_a_million_times_as_probable():
    assert gallery_of().scaling(1).evidence([4.0, HIGHEST]) == pytest.approx(np.log(1e6), abs=0.01)
    assert gallery_of().operating_point(1e-3, 1, candidates=2_000_000)["threshold"] == 1.0


@pytest.mark.parametrize(
    ("neuron", "reached"),
    [(NEURON, {}), (NEURON, {"1e-4": 1.0}), (NEURON | {"weights": [0.5]}, {"1e-4": 0.9})],
    ids=["nothing counted", "nobody missed", "no highest logit"],
)
def test_a_model_that_says_too_little_keeps_its_line(neuron, reached):
    gallery = Gallery(Head(neuron, LINE, {}), SPEC | {"tmr": {"1": reached}})

    assert gallery.scaling(1) == Platt.of(LINE)


def test_a_tail_that_runs_into_the_highest_logit_counts_as_far_as_its_rates_are_told_apart():
    steep = {"logits": {"1": [HIGHEST - 6.0 * rate**0.8 for rate in RATES]}}
    reached = {"tmr": {"1": {"1e-2": 0.999}}}

    found = gallery_of(SPEC | steep | reached).scaling(1)

    assert isinstance(found, tail.Measured)
    assert np.isfinite(found.values).all()
    assert (np.diff(found.logits) > 0).all()


def test_up_to_likelihood_ratios_of_a_thousand_the_measured_shares_alone_decide():
    # Strangers that become rare as a power of the distance do at all shares that were measured.
    rates = np.array(RATES)
    power = {"logits": {"1": [-99.0, *(HIGHEST - 6.0 * rates[1:] ** (1 / 15))]}}
    gamma_too = gallery_of(SPEC | power).scaling(1)
    power_alone = tail.measured(
        Platt.of(LINE), lambda rate: HIGHEST - 6.0 * np.asarray(rate) ** (1 / 15),
        lambda rate: np.full_like(rate, HIGHEST - 1.0), 1e-4, {1e-4: SPEC["tmr"]["1"]["1e-4"]},
        HIGHEST, 2,
    )  # fmt: skip

    for people in (10, 200, 999):
        for chance in (0.1, 0.5):
            ends = [scaling.among(people).logit_at(chance) for scaling in (gamma_too, power_alone)]
            assert ends[0] == pytest.approx(ends[1], abs=1e-6)
    assert gamma_too.evidence(2.4) > power_alone.evidence(2.4) + 0.2


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-6, HIGHEST), min_size=2, max_size=9), st.sampled_from([1, 50, 9000, 10**6])
)
def test_more_alike_is_never_less_evidence_and_the_ends_of_a_band_are_where_it_is_reached(scores, people):  # fmt: skip
    scaling = gallery_of().scaling(1, people)

    found = scaling.evidence(sorted(scores))

    assert (np.diff(found) >= 0).all()
    for probability in (0.1, 0.5):
        end = scaling.logit_at(probability)
        enough = found >= logit(probability)
        assert (enough == (np.array(sorted(scores)) >= end)).all() or np.isclose(scores, end).any()


@pytest.mark.parametrize("path", sorted(HEADS.glob("*.json")), ids=lambda path: path.stem)
@pytest.mark.parametrize("people", [100, 10_000, 100_000])
def test_in_large_galleries_the_promised_rate_decides_and_no_second_condition(path, people):
    manifest = json.loads(path.read_text())
    gallery = Gallery(Head.of(manifest), manifest["gallery"])

    for anchors in (1, 3, 8):
        even = gallery.scaling(anchors, people).logit_at(0.5)
        point = gallery.operating_point(1e-3, anchors, people)
        assert even < logit(point["threshold"]) < gallery._head.highest_logit
