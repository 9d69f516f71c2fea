"""The evaluation report: its numbers by hand, its files from made-up scores."""

import json

import numpy as np
import pytest

from ml import report
from tests import faces


def test_figures_of_a_small_table():
    # Four folds of one pair each kind; only the last genuine pair (0.2) is below an impostor's 0.3.
    scores = np.array([0.9, 0.1, 0.8, 0.1, 0.7, 0.3, 0.2, 0.0])
    labels = np.array([1, 0] * 4)
    row = report.figures(scores, labels, [1, 1, 2, 2, 3, 3, 4, 4], scores, np.ones(8, bool))
    assert row["pairs"] == 8
    assert row["fnmr"]["1e-3"]["value"] == pytest.approx(0.25)
    assert row["fnmr"]["1e-3"]["low"] <= 0.25 <= row["fnmr"]["1e-3"]["high"]
    assert row["auc"] == pytest.approx(15 / 16)
    assert row["precision"] == 1.0
    assert row["recall"] == pytest.approx(0.75)


def test_report_holds_every_model_and_its_pictures(tmp_path):
    rng = np.random.default_rng(0)
    for person in range(2):
        (tmp_path / f"P{person}").mkdir()
        for number in (1, 2):
            path = tmp_path / f"P{person}" / f"P{person}_{number:04d}.jpg"
            path.write_bytes(faces.make_face(person, number, size=64))
    labels = np.array([1, 0] * 10)
    names = [("P0_0001", "P0_0002") if same else ("P0_0001", "P1_0001") for same in labels]
    measured = []
    for name in ("first", "<second>"):
        scores = (0.3 + 0.4 * labels + rng.normal(0, 0.15, 20)).clip(0, 1)
        numbers = report.figures(scores, labels, np.arange(20) // 10, scores, np.ones(20, bool))
        measured.append(
            {
                "figures": numbers | {"model": {"name": name}, "failure_to_acquire": 0.0},
                "scores": scores,
                "labels": labels,
                "probabilities": scores,
                "names": names,
            }
        )
    page = report.write(measured, tmp_path, tmp_path / "out").read_text()
    assert page.count("data:image/png;base64,") == 3
    assert "first" in page
    assert "&lt;second&gt;" in page
    assert "<second>" not in page
    stored = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [row["model"]["name"] for row in stored["models"]] == ["first", "<second>"]
