"""docs/api.md does what it says: every block runs, in order, against a real server and worker."""

import re

import pytest

from tests.support.guides import agrees, blocks_of, is_as_shown, run
from tests.support.servers import ROOT

BLOCKS = blocks_of(ROOT / "docs/api.md")


@pytest.fixture(scope="module")
def ran(place, tmp_path_factory):
    return run(BLOCKS, place, tmp_path_factory.mktemp("reader"))


def test_every_block_runs(ran):
    assert len(ran) == len(BLOCKS) > 10


def test_what_is_shown_is_what_comes(ran, subtests):
    shown = [(block, printed) for block, printed in ran if block.shown]

    for block, printed in shown:
        with subtests.test(line=block.line):
            assert is_as_shown(block, printed), printed
    assert len(shown) > 5


def test_nothing_shown_depends_on_how_fast_the_worker_is():
    shown = [block.shown[1] for block in BLOCKS if block.shown]

    assert shown
    for text in shown:
        assert not re.search(r"\b(pending|running)\b", text), text


def test_a_shown_answer_that_is_wrong_would_be_noticed():
    assert agrees({"outcome": "match", "id": "…"}, {"outcome": "match", "id": "x", "more": 1})
    assert agrees({"similarity": 0.71}, {"similarity": 0.7149})
    assert not agrees({"outcome": "match"}, {"outcome": "no_match"})
    assert not agrees({"similarity": 0.71}, {"similarity": 0.6})
    assert not agrees({"results": [{"id": "…"}]}, {"results": []})
    assert not agrees({"title": "a …"}, {"title": "b c"})
