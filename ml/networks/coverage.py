"""The small network that detects hidden features of a face, for training.

`ml.faces.coverage` runs the trained weights in NumPy.
"""

import keras
import numpy as np
from keras import layers

from ml.faces.coverage import FEATURES, SIDE, STRIDE

FILTERS = (16, 24, 32)
HIDDEN = 32


def build() -> keras.Model:
    """Build the network: faces from `ml.faces.coverage.standardised`, float32 (n, 48, 48, 3) -> logits (n, 4)
    of the features being hidden."""
    inputs = keras.Input((SIDE, SIDE, 3))
    x = inputs
    for filters in FILTERS:
        x = layers.Conv2D(filters, 3, strides=STRIDE, activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    x = layers.Dense(HIDDEN, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(len(FEATURES))(x), name="coverage")


def loss(targets, logits):
    """Cross-entropy for features that are clearly hidden (1) or open (0); other targets do not count."""
    counts = keras.ops.cast((targets == 0) | (targets == 1), "float32")
    one = keras.ops.clip(targets, 0, 1)
    # max(x, 0) - x z + log(1 + exp(-|x|)), without overflow
    each = keras.ops.maximum(logits, 0) - logits * one
    each = each + keras.ops.log1p(keras.ops.exp(-keras.ops.abs(logits)))
    return keras.ops.sum(counts * each) / keras.ops.maximum(keras.ops.sum(counts), 1.0)


def save(model: keras.Model, path) -> None:
    """Write the weights of the layers, in order, as float16."""
    arrays = {f"{k:02d}": row.astype(np.float16) for k, row in enumerate(model.get_weights())}
    np.savez_compressed(path, **arrays)
