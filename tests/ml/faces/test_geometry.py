"""Alignment, pose and quality, against values worked out by hand."""

import numpy as np
import pytest
from PIL import ImageFilter

from ml.faces import quality
from ml.faces.alignment import TEMPLATES, align, similarity_transform
from tests.support.faces import face_image

SQUARE = np.array([(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)])


def test_a_quarter_turn_with_scale_and_shift_is_recovered():
    target = np.stack([-SQUARE[:, 1], SQUARE[:, 0]], axis=1) * 3 + (10, 20)
    assert similarity_transform(SQUARE, target) == pytest.approx(
        np.array([[0, -3, 10], [3, 0, 20]])
    )


def test_noise_is_met_by_least_squares():
    # Pulling one corner outward by 1 moves the mean by 1/4 and the scale by 1/8 of a half side.
    target = SQUARE.copy()
    target[2] += (1.0, 1.0)
    matrix = similarity_transform(SQUARE, target)
    assert matrix[0, 0] == pytest.approx(1.25)
    assert matrix @ [1, 1, 1] == pytest.approx([1.25, 1.25])


def test_a_face_already_in_place_is_copied():
    pixels = np.random.default_rng(0).integers(0, 256, (150, 150, 3), dtype=np.uint8)
    chip = align(pixels, TEMPLATES["dlib150"] * 150, template="dlib150", size=150)
    assert np.abs(chip.astype(int) - pixels).max() <= 1


def head_seen(yaw=0.0, pitch=0.0, roll=0.0):
    """Landmarks of the generic head turned by these angles, in degrees, seen from afar."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return (quality.HEAD @ (about_z @ about_x @ about_y).T)[:, :2] * 2 + 100


@pytest.mark.parametrize("angles", [(0, 0, 0), (35, 0, 0), (-50, 0, 0), (0, 25, 0), (0, 0, 20)])
def test_the_pose_of_a_turned_head_is_measured(angles):
    assert quality.pose(head_seen(*angles)) == pytest.approx(angles, abs=1.5)


def test_blur_lowers_sharpness_and_light_is_measured():
    landmarks = TEMPLATES["dlib150"] * 150
    chip = np.asarray(face_image(0).resize((150, 150)))
    blurred = np.asarray(face_image(0).filter(ImageFilter.GaussianBlur(8)).resize((150, 150)))
    sharp, soft = (quality.measure(c, landmarks, 150) for c in (chip, blurred))
    assert soft.sharpness < sharp.sharpness / 2
    assert quality.measure(chip // 2, landmarks, 150).brightness == pytest.approx(
        sharp.brightness / 2, abs=0.01
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"size": 20}, "face_too_small"),
        ({"brightness": 0.02}, "too_dark"),
        ({"brightness": 0.99}, "too_bright"),
        ({"sharpness": 0.0002}, "too_blurred"),
        ({"yaw": -85}, "pose_too_extreme"),
        ({"pitch": 70}, "pose_too_extreme"),
    ],
)
def test_each_kind_of_bad_face_has_its_own_refusal(changes, code):
    good = {
        "size": 120,
        "sharpness": 0.05,
        "brightness": 0.5,
        "contrast": 0.2,
        "yaw": 0,
        "pitch": 0,
        "roll": 0,
    }
    found = quality.problem(quality.Quality(**(good | changes), overall=1.0))
    assert (found and found[0]) == code
