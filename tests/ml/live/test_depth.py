"""Depth from the turn of a head."""

import numpy as np
import pytest

from ml.live.depth import parallax, upright
from tests.support.looks import landmarks, seen


def turned(yaw, **how):
    return parallax(upright(landmarks(**how)), upright(landmarks(yaw, **how)))


@pytest.mark.parametrize("yaw", [-30, -20, 20, 30])
def test_a_head_that_turns_shows_its_depth_in_the_direction_of_the_turn(yaw):
    shown = turned(yaw)

    assert shown.depth * np.sign(yaw) > 0.1
    assert shown.width == pytest.approx(np.cos(np.radians(yaw)), abs=0.1)


@pytest.mark.parametrize("yaw", [-50, -30, 30, 50])
def test_a_flat_photo_that_is_turned_shows_none(yaw):
    assert turned(yaw, relief=0.0).depth == pytest.approx(0, abs=1e-9)


def test_size_place_and_roll_of_the_face_do_not_matter():
    one = seen(25).face.landmarks
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    assert upright(one @ turn.T * 1.7 + (40, -20)) == pytest.approx(upright(one))
