"""The client words verdicts as the pages of the server do."""

from dataclasses import fields

import pytest
from faceverify_client import output
from faceverify_client.results import Json, Verification

from ml.decision import rule, words

CHANCES = [0.0, 0.0001, 0.0009, 0.001, 0.0095, 0.01, 0.104, 0.29, 0.4999, 0.5, 0.501, 0.63,
           0.949, 0.95, 0.99, 0.993, 0.999, 0.9991, 0.9999, 1.0]  # fmt: skip


def verdict(**figures: str | float | None) -> Verification:
    """As the client holds it; what is not among the figures is not worded."""
    empty: Json = dict.fromkeys(field.name for field in fields(Verification))
    return Verification(**empty | figures)


@pytest.mark.parametrize("chance", CHANCES)
@pytest.mark.parametrize("rate", [1e-2, 1e-3, 1e-4, 1e-5, 2e-4])
def test_an_open_verdict_leans_in_the_same_words(chance, rate):
    row = verdict(
        outcome="inconclusive",
        probability=chance,
        confidence=chance,
        leaning=rule.leaning("inconclusive", chance),
        false_match_rate=rate,
    )

    assert output.figure(row) == words.leans(chance, rate)


@pytest.mark.parametrize("chance", CHANCES)
def test_figures_read_the_same(chance):
    assert output.percent(chance) == words.percent(chance)


def test_a_verdict_of_an_earlier_rule_is_not_given_a_confidence_below_one_half():
    row = verdict(outcome="no_match", probability=0.993, confidence=0.007)

    assert output.figure(row) == "by an earlier rule; chance of the same person: 99.3 %"
