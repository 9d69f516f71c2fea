"""What a verdict would have been at other settings"""

import re

import pytest

from tests.support.found_faces import compared
from tests.support.rows import verification
from verification import engine
from verification.comparisons.other_settings import settings_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(user):
    """A verdict by the model that is served, at Standard, with this similarity."""

    def make(similarity: float, outcome: str, **values):
        model = engine.model_identity()
        points = engine.points_of_pair(model.sha256, (), ())
        point = next(p for p in points if p.false_match_rate == 1e-3)
        values = {
            "similarity": similarity, "outcome": outcome, "threshold": point.threshold,
            "band_low": point.band.low, "band_high": point.band.high,
            "probability": {"match": 0.97, "inconclusive": 0.6, "no_match": 0.03}[outcome],
            "model_sha256": model.sha256, "faces": {"probe": compared(), "reference": compared()},
            **values,
        }  # fmt: skip
        return verification(user, "done", **values)

    return make


def threshold(name: str) -> float:
    points = engine.points_of_pair(engine.model_identity().sha256, (), ())
    return next(p for p in points if engine.strictness(p.false_match_rate) == name).threshold


def test_the_stricter_the_setting_the_more_it_asks_for(given):
    row = given((threshold("Standard") + threshold("Strict")) / 2, "match")

    found = {setting.name: setting.status for setting in settings_of(row)}

    assert found["Relaxed"] == found["Standard"] == "match"
    assert found["Strict"] == "inconclusive"


def test_different_people_stay_different_at_every_setting(given):
    row = given(0.01, "no_match")

    assert {setting.status for setting in settings_of(row)} == {"no_match"}


def test_of_each_setting_both_kinds_of_error_are_told_as_they_were_measured(given):
    found = settings_of(given(0.99, "match"))

    info = engine.model_info()
    rates = [point.true_match_rate or 0.0 for point in info.operating_points]
    assert [s.missed for s in found] == [f"{round(1000 * (1 - rate)):,} in 1,000" for rate in rates]
    assert [s.odds for s in found] == [
        engine.odds(point.false_match_rate) for point in info.operating_points
    ]


def test_what_nobody_measured_is_not_told(given):
    covered = compared() | {"conditions": ["blurred"]}
    model = engine.model_identity()
    points = engine.points_of_pair(model.sha256, ["blurred"], ())
    point = next(p for p in points if p.false_match_rate == 1e-3)
    row = given(
        0.99, "match", faces={"probe": covered, "reference": compared()},
        threshold=point.threshold, band_low=point.band.low, band_high=point.band.high,
    )  # fmt: skip

    assert [setting.missed for setting in settings_of(row)] == [""] * len(points)


def test_a_search_misses_more_the_more_people_there_are():
    sha256 = engine.model_identity().sha256

    def missed(people: int, rate: float) -> float | None:
        points = engine.points_of_search(sha256, (), anchors=2, candidates=people)
        share = next(p for p in points if p.false_match_rate == rate).true_match_rate
        return None if share is None else 1 - share

    # Ten people share the rate: each is compared at a tenth of it, which was measured.
    assert missed(10, 1e-2) == pytest.approx(missed(1, 1e-3))
    few, between, many = (missed(people, 1e-3) for people in (1, 5, 10))
    assert few and between and many and few < between < many
    assert missed(1000, 1e-3) is None  # one in a million was not measured


@pytest.mark.parametrize(
    "values",
    [{"model_sha256": "b" * 64}, {"threshold": 0.5}, {"probability": 0.2}],
    ids=["another model", "other thresholds", "an earlier rule"],
)
def test_a_verdict_that_would_not_come_out_as_it_did_has_no_settings(given, values):
    assert settings_of(given(0.99, "match", **values)) == []


def test_the_address_chooses_what_is_shown_and_nonsense_shows_the_verdicts_own(owner, given):
    row = given(0.99, "match")

    def shown(at: str) -> list[str]:
        page = owner.get(f"/verifications/{row.pk}/?at={at}").content.decode()
        return re.findall(r'data-setting="([\d.]+)"\s+data-spoken="[^"]*">', page)

    assert shown("0.00001") == ["0.00001"]
    assert shown("nonsense") == shown("") == ["0.001"]
