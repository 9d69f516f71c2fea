"""The rule of verdicts: whatever model, setting and score, a verdict never denies its own figures."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.decision import rule, words
from ml.decision.gallery import Gallery
from ml.decision.head import RATES, Head
from ml.decision.logistic import Platt, logit, sigmoid

ORDER = {"no_match": 0, "inconclusive": 1, "match": 2}

logits = st.floats(-12, 12)
thresholds = st.floats(-4, 6)
chances = st.floats(0.001, 0.49)
platts = st.builds(Platt, st.floats(0.2, 12), st.floats(-8, 8))
probabilities = st.floats(1 - rule.CERTAINTY, rule.CERTAINTY)
repeatable = settings(derandomize=True, max_examples=300, deadline=None)


@repeatable
@given(st.lists(logits, min_size=2, max_size=20), thresholds, platts, chances)
def test_more_alike_never_means_a_lesser_outcome(scores, threshold, platt, chance):
    decided = [rule.decide(x, threshold, platt, chance, 1e-3) for x in sorted(scores)]

    assert [ORDER[each.outcome] for each in decided] == sorted(
        ORDER[each.outcome] for each in decided
    )
    assert [each.probability for each in decided] == sorted(each.probability for each in decided)


@repeatable
@given(logits, thresholds, platts, chances)
def test_people_are_told_apart_only_up_to_the_chance_that_was_chosen(x, threshold, platt, chance):
    found = rule.decide(x, threshold, platt, chance, 1e-3)

    assert (found.outcome == "no_match") == (found.probability <= chance)


@repeatable
@given(logits, thresholds, platts, chances)
def test_a_verdict_that_says_something_is_more_probably_right_than_wrong(
    x, threshold, platt, chance
):
    found = rule.decide(x, threshold, platt, chance, 1e-3)

    assert found.outcome == "inconclusive" or found.confidence >= 0.5
    assert (found.leaning is None) == (found.outcome != "inconclusive")
    if found.leaning:
        assert (found.leaning == "same") == (found.probability >= 0.5)
        assert found.confidence == found.probability


@repeatable
@given(logits, thresholds, platts, chances)
def test_the_band_that_is_drawn_is_the_one_that_decides(x, threshold, platt, chance):
    found = rule.decide(x, threshold, platt, chance, 1e-3)
    low, high = found.band

    assert low <= high == found.threshold
    if found.outcome == "match":
        assert found.similarity >= high - 1e-9
    elif found.outcome == "no_match":
        assert found.similarity <= low + 1e-9
    else:
        assert low - 1e-9 <= found.similarity <= high + 1e-9


@repeatable
@given(
    st.lists(st.tuples(logits, st.sampled_from([1, 2, 3, 9])), min_size=1, max_size=30),
    st.sampled_from([*RATES.values()]),
    st.sampled_from([1, 10]),
    chances,
    st.floats(-2, 2),
)
def test_nobody_of_a_search_is_more_probable_than_its_headline_allows(
    people, rate, probes, chance, shift
):
    head = Head(
        {"weights": [-1.0], "bias": 12.0},
        {"slope": 2.0, "intercept": 0.0},
        {},
        no_match_chance=chance,
    )
    gallery = Gallery(head, SPEC).adjusted({rate: shift})
    templates = np.array([[12.0 - x] for x, _count in people], np.float32)
    counts = np.array([count for _x, count in people])

    found = gallery.search(
        np.zeros(1, np.float32), templates, counts, false_match_rate=rate, limit=3, probes=probes
    )
    everyone = gallery.search(
        np.zeros(1, np.float32), templates, counts, false_match_rate=rate, limit=30, probes=probes
    )

    assert found == everyone[:3]
    best = found[0].decision
    if best.outcome == "no_match":
        assert max(each.decision.probability for each in everyone) <= chance
    if best.outcome == "match":
        assert best.probability >= 0.5
    if best.outcome != "match":
        assert best.probability == max(each.decision.probability for each in everyone)


SPEC = {
    "anchors": [1, 3],
    "rates": [1.0, 1e-1, 1e-2, 1e-3],
    "logits": {"1": [-3.0, 0.0, 1.0, 2.0], "3": [-3.0, 0.5, 1.5, 2.5]},
    "calibration": {"1": {"slope": 5.0, "intercept": 0.0}, "3": {"slope": 5.0, "intercept": -3.6}},
}


@repeatable
@given(probabilities)
def test_no_figure_claims_certainty(probability):
    for told in (words.percent(probability), words.percent(probability, short=True)):
        figure = float(re.findall(r"[\d.]+", told)[0])
        assert 0 < figure < 100


@repeatable
@given(probabilities, probabilities)
def test_a_larger_chance_never_reads_smaller(one, other):
    def figure(value: float) -> float:
        return float(re.findall(r"[\d.]+", words.percent(value))[0])

    assert (one <= other and figure(one) <= figure(other)) or figure(other) <= figure(one)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (0.9999, "more than 99.9 %"),
        (0.993, "99.3 %"),
        (0.63, "63 %"),
        (0.004, "0.4 %"),
        (0.0001, "less than 0.1 %"),
        (1.0, "more than 99.9 %"),
        (0.0, "less than 0.1 %"),
    ],
)
def test_figures_in_words(value, told):
    assert words.percent(value) == told


@pytest.mark.parametrize(
    ("probability", "rate", "same", "told"),
    [
        (0.993, 1e-4, None, "Very likely the same person, 99.3 %, but not enough for Strict"),
        (0.993, 2e-4, None, "Very likely the same person, 99.3 %, but not enough for 1 in 5,000"),
        (0.63, 1e-3, None, "More likely the same person (63 %)"),
        (0.29, 1e-3, None, "More likely different people (29 % for the same person)"),
        (0.501, 1e-3, None, "As likely the same person as different people (50 %)"),
        (0.97, 1e-5, "Ada", "Very likely Ada, 97 %, but not enough for Very strict"),
        (0.29, 1e-3, "Ada", "More likely not Ada (29 % for Ada)"),
    ],
)
def test_an_open_verdict_says_which_way_it_leans(probability, rate, same, told):
    assert words.leans(probability, rate, **({"same": same} if same else {})) == told


@pytest.mark.parametrize("chance", [0, 0.5, 0.7, -0.1, float("nan")])
def test_a_chance_that_would_contradict_itself_is_refused(chance):
    with pytest.raises(ValueError, match=r"between 0 and 0\.5"):
        Head(
            {"weights": [-1.0], "bias": 0}, {"slope": 1, "intercept": 0}, {}, no_match_chance=chance
        )


def test_the_chance_of_a_manifest_holds_until_another_is_asked_for():
    manifest = {
        "head": {"weights": [-1.0], "bias": 0.0},
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "operating_points": {},
        "no_match_chance": 0.2,
    }

    assert Head.of(manifest).no_match_chance == 0.2
    assert Head.of(manifest, no_match_chance=0.05).no_match_chance == 0.05


def test_scores_that_say_nothing_leave_everything_open():
    flat = Platt.of({"slope": -1.0, "intercept": 0.0})

    assert set(rule.outcomes([-5.0, 0.0, 5.0], 9.0, flat, 0.1)) == {"inconclusive"}


def test_the_logistic_function_and_its_inverse():
    assert sigmoid([-1000.0, 0.0, 1000.0]) == pytest.approx([0.0, 0.5, 1.0])
    assert logit(sigmoid([-20.0, -1.5, 8.0])) == pytest.approx([-20.0, -1.5, 8.0])
