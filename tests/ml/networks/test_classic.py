"""The original network, layer by layer."""

import numpy as np
import pytest

from ml.networks.keras_io import keras

from ml.networks import siamese, backbones  # isort: skip

SHAPES = {
    "conv_1": (91, 91, 64),
    "pool_1": (46, 46, 64),
    "conv_2": (40, 40, 128),
    "pool_2": (20, 20, 128),
    "conv_3": (17, 17, 128),
    "pool_3": (9, 9, 128),
    "conv_4": (6, 6, 256),
    "flatten": (9216,),
    "embedding": (4096,),
}


@pytest.mark.parametrize("pool_size", [2, 64])
def test_layers_and_parameters_are_the_originals(pool_size):
    tower = backbones.build("classic", pool_size=pool_size)
    assert tower.input_shape == (None, 100, 100, 3)
    for name, shape in SHAPES.items():
        assert tower.get_layer(name).output.shape[1:] == shape, name
    assert tower.get_layer("pool_1").pool_size == (pool_size, pool_size)
    assert siamese.build(tower).count_params() == 38_964_545
    keras.backend.clear_session()


def test_pooling_one_axis_after_the_other_gives_the_same_numbers():
    whole, separable = (
        backbones.build("classic", pool_size=64, separable=chosen) for chosen in (False, True)
    )
    separable.set_weights(whole.get_weights())
    face = np.random.default_rng(0).uniform(0, 255, (1, 100, 100, 3)).astype(np.float32)
    for name in ("pool_1", "embedding"):
        one, two = (
            keras.Model(tower.input, tower.get_layer(name).output).predict(face, verbose=0)
            for tower in (whole, separable)
        )
        np.testing.assert_allclose(one, two, atol=1e-6)
    keras.backend.clear_session()
