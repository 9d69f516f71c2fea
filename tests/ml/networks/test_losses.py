"""Metric-learning losses against values worked out by hand."""

import numpy as np
import pytest

from ml.networks.keras_io import keras

from ml.networks import losses  # isort: skip

PEOPLE = np.array([0, 0, 1])
EMBEDDINGS = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]], np.float32)
# Distances: 0-1: 5, 0-2: 1, 1-2: sqrt(9 + 9) = 4.2426


def test_contrastive():
    # margin 2. Rows 0 and 1: pull 25; row 2: none. Push: row 0 (2-1)^2 = 1, row 1 0, row 2 (1 + 0)/2.
    value = losses.Contrastive(margin=2.0)(PEOPLE, EMBEDDINGS)
    assert float(value) == pytest.approx((26 + 25 + 0.5) / 3, rel=1e-4)


def test_hard_triplet():
    # margin 1. Row 0: 5 - 1 + 1; row 1: 5 - 4.2426 + 1; row 2 has no second photo.
    value = losses.HardTriplet(margin=1.0)(PEOPLE, EMBEDDINGS)
    assert float(value) == pytest.approx((5 + 1.7574 + 0) / 3, rel=1e-4)


def test_distillation():
    # One row on its target, one a squared distance of 1 away; targets 4 apart (squared), scale 1:
    # row 0: ln(e^0 + e^-4) = 0.01815; row 1 at 1 from its own and 1 from the other: 1 + ln 2.
    targets = np.array([[0.0], [2.0]], np.float32)
    outputs = np.array([[0.0], [1.0]], np.float32)
    value = losses.Distillation(weight=1.0, scale=1.0)(targets, outputs)
    assert float(value) == pytest.approx((0.01815 + 1 + 0.69315) / 2, abs=1e-4)


def test_arcface_turns_the_right_class_away():
    # Cosines 1/2 (60 degrees) and 0; the right one is turned by 30 degrees to 90: both logits 0.
    cosines = np.array([[0.5, 0.0]], np.float32)
    value = losses.ArcFace(margin=np.pi / 6, scale=10.0)(np.array([0]), cosines)
    assert float(value) == pytest.approx(np.log(2), abs=1e-4)


@pytest.mark.parametrize("kind", [losses.Contrastive, losses.HardTriplet, losses.Distillation])
def test_settings_survive_saving(kind):
    loss = kind()
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert again.get_config() == loss.get_config()
