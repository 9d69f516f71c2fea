"""What was measured of live sessions, on the page of the model."""

from html import unescape

import pytest
from django.test import Client

from ml.live import measured
from ml.serving import artifacts
from tests.support.clients import browser
from verification import engine
from verification.engine.live_figures import WORDS, Share

pytestmark = pytest.mark.django_db


def test_figures_are_those_of_the_default_model():
    model = engine.model_in(artifacts.MODELS / artifacts.DEFAULT)

    figures = engine.live_figures(model)

    assert figures is not None
    assert {row.words for row in figures.attacks} <= set(WORDS.values())
    assert [row.words for row in figures.attacks if row.expected_to_pass] == [
        WORDS["replay_right_order"]
    ]


def test_another_model_has_none():
    assert engine.live_figures(engine.ModelIdentity("other", "1.0.0", "0" * 64)) is None


def test_a_share_is_told_with_its_interval_and_its_count():
    assert Share(0.05, 0.01, 0.236, 20).words == "5 % (1 to 24 %), 1 of 20"


def test_the_page_of_the_model_shows_every_attack_and_says_what_it_is_worth(user):
    page = unescape(browser(user).get("/model/").content.decode())

    for name in (*measured.read()["species"], *measured.read()["bona_fide"]):
        assert WORDS[name] in page
    assert "not certified presentation attack detection" in page


def test_nobody_sees_it_without_an_account():
    assert Client().get("/model/").status_code == 302
