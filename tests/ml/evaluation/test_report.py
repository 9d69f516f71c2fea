"""The evaluation's figures by hand, and the report's page from made-up scores."""

import numpy as np
import pytest

from ml.evaluation import confusion, evaluate, groups, report, report_groups
from ml.evaluation.datasets import lfw
from tests.support import faces

ALL_PAIRS = ("all_pairs", "most_confused", "by_photos", "by_group", "normalisation")


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
    pairs = lfw.LabelledPairs(listed, labels.tolist(), (np.arange(20) // 10).tolist(), paths)
    measured = []
    for name in ("first", "<second>"):
        scores = (0.3 + 0.4 * labels + rng.normal(0, 0.15, 20)).clip(0, 1)
        numbers = evaluate.figures(scores, labels, pairs.folds, scores, np.ones(20, bool))
        numbers |= {
            "model": {"name": name, "version": "1"},
            "parameters": 1234567,
            "encoder_mb": 1.0,
            "ms_per_face": 2.0,
            **dict.fromkeys(ALL_PAIRS),
            "failure_to_acquire": 0.0,
        }
        measured.append(evaluate.Measured(numbers, scores, labels, scores, listed))
    page = report.page(measured, pairs)
    assert page.count("data:image/png;base64,") == 3
    assert "first 1" in page and "1,234,567" in page
    assert "&lt;second&gt;" in page
    assert "<second>" not in page
    assert "by group" not in page and "errors gather" not in page  # nobody said who is who


def test_the_page_tells_of_groups_and_of_photos_that_are_confused():
    people = np.repeat(np.arange(6), [1, 1, 2, 2, 5, 5])
    logits = np.random.default_rng(0).normal(0, 1, len(people) * (len(people) - 1) // 2)
    wrong = confusion.collect(people, logits, 0.0)
    thresholds = {"1e-2": 0.5, "1e-3": 9.0}
    grouping = groups.Grouping(["<b>", "costs $5 or $6", "no one"], np.array([0, 1] * 3))
    by_group = groups.rates(wrong, grouping, thresholds)
    for group in by_group["groups"]:
        group |= {"failure_to_acquire": 0.0, "calibration_error": None}
    confused = confusion.most_confused(wrong, thresholds)
    row = {
        "model": {"name": "<model>", "version": "1"},
        "most_confused": confused,
        "by_photos": groups.rates(wrong, groups.by_photos(people), thresholds),
        "by_group": by_group,
        "normalisation": None,
    }

    told, gathered = report_groups.by_group([row]), report_groups.gathering([row])

    for part in (told, gathered):
        assert part.count("data:image/png;base64,") == 1
        assert "<h3>&lt;model&gt; 1</h3>" in part
    assert "&lt;b&gt;" in told and "<b>" not in told
    assert "no pairs" in told and "Between groups" in told
    assert "5 or more photos" in gathered and "no false match" in gathered
    chance = confused["1e-2"]["top_5_percent"]
    assert f"{chance['share']:.1%} ({chance['by_chance']:.1%})" in gathered
