"""Normalising scores: it is measured on people who lent it no photo, and helps where some are like all."""

import numpy as np
import pytest

from ml.decision.head import RATES
from ml.evaluation import all_pairs, metrics, normalisation
from tests.support.present import present

HEAD = {"weights": [-1.0] * 16, "bias": 4.0}


def photos(people, *, hubs=0, seed=0):
    """Three photos each of made-up people; the first `hubs` of them are near the middle, like everybody."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (people, 16))
    centres[:hubs] *= 0.15
    who = np.repeat(np.arange(people), 3)
    embeddings = centres[who] + rng.normal(0, 0.35, (len(who), 16))
    return embeddings.astype(np.float32), np.array([f"P{k}" for k in who])


def test_photos_that_are_like_everybody_are_corrected():
    embeddings, people = photos(300, hubs=30)

    found = present(normalisation.measure(HEAD, embeddings, people))

    before, after = found["none"], found["nearest"]
    assert before["tmr"]["1e-3"]["gain"] == before["tmr"]["1e-3"]["high"] == 0
    assert after["tmr"]["1e-3"]["low"] > 0
    assert after["most_confused"]["1e-3"] < before["most_confused"]["1e-3"]


def test_what_it_says_of_plain_scores_is_what_all_pairs_say():
    embeddings, people = photos(300)
    found = present(normalisation.measure(HEAD, embeddings, people))
    assert found.keys() == {"none", "symmetric", "adaptive", "nearest", "centres"}

    # Each half holds the rate on its own pairs, so nearly the same pairs match.
    _, numbers = np.unique(people, return_inverse=True)
    every = present(all_pairs.collect([(numbers, all_pairs.logits(HEAD, embeddings))]))
    for name, rate in RATES.items():
        tmr = found["none"]["tmr"][name]["value"]
        assert tmr == pytest.approx(1 - every.fnmr_at_fmr(rate), abs=0.03)


def test_too_few_people_give_no_answer():
    embeddings, people = photos(12)
    assert normalisation.measure(HEAD, embeddings, people) is None


def test_nobody_with_two_photos_gives_no_answer():
    embeddings, people = photos(100)
    assert normalisation.measure(HEAD, embeddings[::3], people[::3]) is None


def test_the_threshold_of_a_rate_is_that_of_plain_counting():
    embeddings, people = photos(60)
    _, numbers = np.unique(people, return_inverse=True)
    logits = all_pairs.logits(HEAD, embeddings)
    first, second = np.triu_indices(len(people), 1)
    impostor = logits[people[first] != people[second]].astype(np.float64)
    found = present(all_pairs.collect([(numbers, logits.astype(np.float64))]))
    for rate in (1e-2, 1e-3, 0.0):
        assert found.threshold_at_fmr(rate) == metrics.threshold_at_fmr(impostor, rate)
