"""The degradations, and the table made with them."""

import json

import numpy as np
import pytest

from ml import images
from ml.__main__ import main
from ml.evaluation import robustness
from tests.support.faces import make_face


@pytest.fixture(scope="module")
def photo():
    return images.decode(make_face(1))


@pytest.fixture(scope="module")
def face(litert):
    return litert.acquire(make_face(1)).face


def test_blur_keeps_the_light_and_takes_the_detail(photo, face):
    blurred = robustness.blur(photo, face)
    assert blurred.mean() == pytest.approx(photo.mean(), abs=1)
    assert (
        np.abs(np.diff(blurred.astype(int), axis=1)).mean()
        < 0.8 * np.abs(np.diff(photo.astype(int), axis=1)).mean()
    )


def test_low_light_leaves_a_seventh(photo, face):
    assert robustness.low_light(photo, face).mean() == pytest.approx(0.15 * photo.mean(), abs=2)


def test_a_small_face_is_32_pixels_wide(photo, face):
    small = robustness.face_32_px(photo, face)
    assert small.shape[1] == round(300 * 32 / face.quality.size)


def test_a_roll_of_30_degrees_is_measured_as_one(litert, photo, face):
    turned = litert.acquire(images.encode_jpeg(robustness.roll_30(photo, face))).face
    assert abs(turned.quality.roll - face.quality.roll) == pytest.approx(30, abs=5)


def test_sunglasses_cover_the_eyes_and_a_mask_the_mouth(photo, face):
    def at(pixels, k):
        x, y = np.round(face.landmarks[k]).astype(int)
        return pixels[y, x].tolist()

    glasses, masked = robustness.sunglasses(photo, face), robustness.mask(photo, face)
    assert at(glasses, 0) == at(glasses, 1) == [20, 20, 20]
    assert at(glasses, 3) == at(photo, 3)
    assert at(masked, 3) == at(masked, 4) == [170, 205, 220]
    assert at(masked, 0) == at(photo, 0)


def test_the_command_writes_a_row_for_each_condition(tmp_path):
    for person in range(4):
        folder = tmp_path / f"P{person}"
        folder.mkdir()
        for number in (1, 2):
            (folder / f"P{person}_{number:04d}.jpg").write_bytes(make_face(person, number))
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("2\t1\nP0\t1\t2\nP0\t1\tP1\t1\nP2\t1\t2\nP2\t1\tP3\t1\n")
    out = tmp_path / "out.json"
    arguments = ["--images", str(tmp_path), "--pairs", str(pairs), "--json", str(out)]
    assert main(["robustness", *arguments]) == 0
    (result,) = (row["conditions"] for row in json.loads(out.read_text())["models"])
    assert list(result) == ["clean", *robustness.CONDITIONS]
    assert result["clean"] == {
        "accuracy": 1.0,
        "match_same": 1.0,
        "match_different": 0.0,
        "refused": 0.0,
        "confident": 1.0,
        "confident_wrong": 0,
    }
    assert all(row["match_different"] == 0.0 for row in result.values())


def test_more_conditions_are_measured_by_name_and_others_refused_by_name(tmp_path, capsys):
    for person in range(2):
        folder = tmp_path / f"P{person}"
        folder.mkdir()
        for number in (1, 2):
            (folder / f"P{person}_{number:04d}.jpg").write_bytes(make_face(person, number))
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("2\t1\nP0\t1\t2\nP0\t1\tP1\t1\nP1\t1\t2\nP1\t2\tP0\t1\n")
    arguments = ["robustness", "--images", str(tmp_path), "--pairs", str(pairs), "--json", "-"]

    status = main([*arguments, "--conditions", "scarf,cut_left_50"])
    (row,) = (model["conditions"] for model in json.loads(capsys.readouterr().out)["models"])
    refused = main([*arguments, "--conditions", "monocle"])

    assert status == 0
    assert list(row) == ["clean", "scarf", "cut_left_50"]
    assert row["cut_left_50"]["refused"] == 1.0
    assert refused == 1
    assert "no condition 'monocle'" in capsys.readouterr().err
