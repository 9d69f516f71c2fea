"""The evaluation's figures by hand, and the report's page from made-up scores."""

import numpy as np
import pytest

from ml.evaluation import evaluate, report
from ml.evaluation.datasets import lfw
from tests import faces


def test_figures_of_a_small_table():
    # Four folds of one pair each kind; only the last genuine pair (0.2) is below an impostor's 0.3.
    scores = np.array([0.9, 0.1, 0.8, 0.1, 0.7, 0.3, 0.2, 0.0])
    labels = np.array([1, 0] * 4)
    row = evaluate.figures(scores, labels, [1, 1, 2, 2, 3, 3, 4, 4], scores, np.ones(8, bool))
    assert row["pairs"] == 8
    assert row["fnmr"]["1e-3"]["value"] == pytest.approx(0.25)
    assert row["fnmr"]["1e-3"]["low"] <= 0.25 <= row["fnmr"]["1e-3"]["high"]
    assert row["auc"] == pytest.approx(15 / 16)
    assert row["precision"] == 1.0
    assert row["recall"] == pytest.approx(0.75)
    # 0.9 and 0.8 stand alone in their bins, both right: gaps of 0.1 and 0.2, one pair of eight each.
    assert row["calibration"][-1] == {
        "low": 0.9,
        "high": 1.0,
        "count": 1,
        "mean_probability": 0.9,
        "share_genuine": 1.0,
    }
    gaps = [0.0, 0.1, 0.1, 0.8, 0.3, 0.3, 0.2, 0.1]
    assert row["expected_calibration_error"] == pytest.approx(sum(gaps) / 8, abs=1e-5)


def test_the_page_holds_every_model_and_its_pictures(tmp_path):
    rng = np.random.default_rng(0)
    names = ["P0_0001", "P0_0002", "P1_0001"]
    for number, name in enumerate(names):
        path = tmp_path / f"{name}.jpg"
        path.write_bytes(faces.make_face(number // 2, number, size=64))
    labels = np.array([1, 0] * 10)
    listed = [("P0_0001", "P0_0002") if same else ("P0_0001", "P1_0001") for same in labels]
    paths = {name: tmp_path / f"{name}.jpg" for name in names}
    pairs = lfw.Pairs(listed, labels.tolist(), (np.arange(20) // 10).tolist(), paths)
    measured = []
    for name in ("first", "<second>"):
        scores = (0.3 + 0.4 * labels + rng.normal(0, 0.15, 20)).clip(0, 1)
        numbers = evaluate.figures(scores, labels, pairs.folds, scores, np.ones(20, bool))
        numbers |= {
            "model": {"name": name, "version": "1"},
            "parameters": 1234567,
            "encoder_mb": 1.0,
            "ms_per_face": 2.0,
            "all_pairs": None,
            "failure_to_acquire": 0.0,
        }
        measured.append(evaluate.Measured(numbers, scores, labels, scores, listed))
    page = report.page(measured, pairs)
    assert page.count("data:image/png;base64,") == 3
    assert "first 1" in page and "1,234,567" in page
    assert "&lt;second&gt;" in page
    assert "<second>" not in page
