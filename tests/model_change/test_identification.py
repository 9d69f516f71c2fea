"""What was measured of searches in large galleries, on the page of the model and in its card."""

import json

import pytest

from ml.packaging.prepare import HEADS
from ml.serving import identification, model_card
from tests.support.clients import browser
from verification import engine


@pytest.fixture
def manifest() -> dict:
    return json.loads((HEADS / "duo.json").read_text())


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """The file of figures, with those of another model."""
    monkeypatch.setattr(identification, "FILE", tmp_path / "figures.json")
    identification.FILE.write_text('{"other": {"version": "1.0.0"}}')
    identification.read.cache_clear()
    yield
    identification.read.cache_clear()


@pytest.mark.django_db
def test_the_page_of_the_model_shows_how_many_are_found_in_galleries_of_each_size(user):
    page = browser(user).get("/model/").content.decode()

    figures = engine.identification_figures()
    assert [row.people for row in figures] == [1000, 3500, 10_000, 100_000] * 2
    for row in figures:
        for words in (row.first, row.missed, row.named):
            assert f"<td>{words}</td>" in page


def test_the_card_shows_the_same_rows(manifest):
    figures = identification.of(manifest)

    card = model_card.write(manifest)

    assert figures is not None
    for row in figures["searches"]:
        assert f"| {row['anchors']} | {row['people']:,} | " in card
        assert "{value:.4f} ({low:.4f} to {high:.4f})".format(**row["fnir"]) in card


def test_a_model_with_other_thresholds_does_not_claim_them(manifest):
    manifest["gallery"]["logits"]["1"][0] -= 1.0

    assert identification.of(manifest) is None
    assert "large galleries" not in model_card.write(manifest)


@pytest.mark.usefixtures("elsewhere")
def test_what_was_measured_is_kept_beside_that_of_other_models(manifest):
    share = {"value": 0.25, "low": 0.1, "high": 0.5, "hits": 1, "searches": 4}
    row = {"anchors": 1, "people": 100, "fpir": share, "fnir": share, "rank1": share}
    rows = [row | {"rate": rate} for rate in ("1e-2", "1e-3")]

    identification.keep(manifest, {"fitted_on": 3, "measured_on": 2, "searches": rows})

    kept = identification.of(manifest)
    assert kept is not None
    assert [each["fnir"] for each in kept["searches"]] == [{"value": 0.25, "low": 0.1, "high": 0.5}]
    assert "other" in identification.read()
