"""Distilling on faces that are made and embedded once: blends, their answers, their order."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.training import config
from ml.training.batches import Batches
from ml.training.data.blending import blend
from ml.training.data.photos import Photos


@pytest.fixture
def faces():
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)


def batches(faces, teacher, *, mirrored=False, **options):
    usual = config.Config(
        tower="compact", objective="distill", batch=4, synthetic_faces=8, mixup=0.5
    )
    people = np.array([f"P{row}" for row in range(len(faces))])
    photos = Photos(faces, people, [Path(f"{name}.jpg") for name in people], {})
    return Batches(photos, replace(usual, **options), teacher=teacher, mirrored=mirrored)


def mean_colours(batch):
    return batch.mean(axis=(1, 2))


def test_a_blend_lies_between_its_two_faces():
    black, white = np.zeros((40, 16, 16, 3), np.uint8), np.full((40, 16, 16, 3), 255, np.uint8)
    blends = blend(black, white, np.random.default_rng(1))
    assert blends.min() >= 0
    assert blends.max() <= 255
    even = np.ptp(blends, axis=(1, 2, 3)) < 1e-3
    assert 8 < even.sum() < 32  # one share for the whole face, or a pattern
    assert blends[even].max() <= 0.5 * 255  # at least half is its own
    assert np.ptp(blends[~even], axis=(1, 2, 3)).mean() > 50


def test_the_teacher_is_asked_once_for_each_face_however_long_training_is(faces):
    asked = []

    def teacher(batch):
        asked.append(len(batch))
        return mean_colours(batch)

    made = batches(faces, teacher)
    for _epoch in range(3):
        made.on_epoch_begin()
        for number in range(len(made)):
            inputs, answers = made[number]
            np.testing.assert_allclose(answers, mean_colours(inputs), rtol=1e-6)
    assert sum(asked) == 8


def test_all_are_had_before_one_comes_again_also_in_epochs_of_other_lengths(faces):
    made = batches(faces, mean_colours, mixup=1.0, batch=4, steps=3)
    had = []
    for _epoch in range(2):
        made.on_epoch_begin()
        had += [row.tobytes() for number in range(3) for row in made[number][1]]
    thrice = [had[0:8], had[8:16], had[16:24]]
    assert set(map(frozenset, thrice)) == {frozenset(had)}
    assert len(set(had)) == 8
    assert thrice[0] != thrice[1]


def test_the_same_seed_draws_the_same_faces(faces):
    one, same, other = (batches(faces, mean_colours, seed=seed).synthetic[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_a_face_whose_answer_holds_for_its_mirror_image_comes_either_way(faces):
    made = batches(faces, mean_colours, mirrored=True, synthetic_faces=8, batch=8)
    originals = {face.tobytes() for face in made.synthetic[0]}
    turned = []
    for _epoch in range(4):
        made.on_epoch_begin()
        inputs, answers = made[0]
        np.testing.assert_allclose(answers, mean_colours(inputs), rtol=1e-5)
        turned += [face.tobytes() not in originals for face in inputs]
    assert 4 < sum(turned) < 28
