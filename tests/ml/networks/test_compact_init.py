"""The small tower's start: resnet29's convolutions at a lower rank, fitted layer by layer."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from ml.networks import backbones
from ml.networks.backbones import compact_init
from ml.packaging import prepare
from tests.support import faces


def test_a_map_of_low_rank_is_found_again():
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(500, 12)).astype(np.float32)
    targets = inputs @ generator.normal(size=(12, 3)) @ generator.normal(size=(3, 8)) + 5
    inner, outer, bias = compact_init.reduced_rank(
        inputs, targets.astype(np.float32), 3, ridge=1e-7
    )
    assert (inner.shape, outer.shape, bias.shape) == ((12, 3), (3, 8), (8,))
    np.testing.assert_allclose(inputs @ inner @ outer + bias, targets, atol=2e-3)


def test_a_lower_rank_keeps_what_the_inputs_show_most():
    # Two directions of the targets, of which the inputs show the first ten times as strongly.
    generator = np.random.default_rng(0)
    inputs = (generator.normal(size=(2000, 2)) * (10, 1)).astype(np.float32)
    inner, outer, bias = compact_init.reduced_rank(inputs, inputs, 1)
    fitted = inputs @ inner @ outer + bias
    assert np.mean((fitted[:, 0] - inputs[:, 0]) ** 2) < 0.1
    assert np.mean(fitted[:, 1] ** 2) < 0.1


@pytest.fixture(scope="module")
def chips():
    return np.stack(
        [
            np.asarray(Image.open(io.BytesIO(faces.make_face(person, number, size=150))))
            for person in range(13)
            for number in range(2)
        ]
    )


@pytest.mark.slow
def test_the_start_is_near_resnet29_before_any_training(chips):
    source, tower = backbones.build("resnet29"), backbones.build("compact")
    compact_init.start_from(tower, source, chips)
    wanted = source.predict(chips.astype(np.float32), verbose=0)
    reached = tower.predict(chips.astype(np.float32), verbose=0)
    error = np.sum((reached - wanted) ** 2, axis=1).mean()
    spread = np.sum((wanted - wanted.mean(axis=0)) ** 2, axis=1).mean()
    assert error < 0.05 * spread


def test_each_block_stands_for_those_of_resnet29_up_to_the_next():
    tower = backbones.build("compact")
    pairs = compact_init.counterparts(tower)
    assert pairs["block_5"] == "block_7"  # 6 and 7 are left out
    assert pairs["block_1"] == "block_3"
    assert pairs["block_14"] == "block_14"


def test_the_weights_in_the_project_tell_people_apart_by_one_look_at_a_face(chips):
    description = json.loads((prepare.HEADS / "compact.json").read_text())
    weights = (prepare.WEIGHTS / "compact.npz").read_bytes()
    tower = prepare.build_tower(description, weights)
    found = tower.predict(chips.astype(np.float32), verbose=0)
    gaps = np.sum((found[:, None] - found[None]) ** 2, axis=2) + 9 * np.eye(len(found))
    assert gaps.argmin(axis=1).tolist() == [row ^ 1 for row in range(len(found))]
    assert description["encoder"]["mirror"] is False
    assert tower.count_params() <= 3_000_000
