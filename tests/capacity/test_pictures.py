"""docs/scale.md and its pictures say what was measured and simulated."""

import json

import pytest

from scripts.capacity import curves
from scripts.capacity.__main__ import command_line
from scripts.capacity.measured import CHECKED, MEASURED, digest, load
from scripts.capacity.pictures import IMAGES, PAGE, blocks, filled, pictures
from tests.docs.test_documents import commands

AGAIN = "python -m scripts.capacity pictures"


def test_the_curves_are_of_this_measurement_and_of_this_simulation():
    kept = curves.kept()

    assert kept["of"] == digest(MEASURED), AGAIN
    assert kept["latency"]["8"][4] == curves.point(load().service, 8, curves.SHARES[4]), AGAIN


def test_the_check_is_of_this_measurement():
    assert json.loads(CHECKED.read_text())["of"] == digest(MEASURED), "… capacity check"


def test_the_pictures_show_the_curves():
    for name, svg in pictures(load(), curves.kept()).items():
        assert (IMAGES / name).read_text() == svg, AGAIN


def test_the_page_has_the_figures_of_the_commands():
    text = PAGE.read_text()

    found = blocks(load(), curves.kept(), json.loads(CHECKED.read_text()))

    assert filled(text, found) == text, AGAIN
    assert all(f"<!-- capacity: {name} -->" in text for name in found)


def test_the_commands_of_the_page_can_be_typed_as_shown():
    typed = commands(PAGE.read_text(), "python -m scripts.capacity ")

    found = {command_line().parse_args(words).command for words in typed}

    assert found == {"measure", "check", "pictures", "plan", "simulate"}


def test_an_unknown_mark_is_not_passed_over():
    with pytest.raises(KeyError):
        filled("<!-- capacity: weather -->\n<!-- end -->", {})
