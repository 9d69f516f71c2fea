"""Loading Keras models safely. Importing this imports Keras and its backend."""

import os

# TensorFlow's oneDNN graph pass crashes at random at the first call of a compiled function.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras

from ml import siamese


def load(path) -> keras.Model:
    """Load a .keras file; code hidden in it is never run."""
    return keras.models.load_model(path, compile=False, safe_mode=True)


def load_encoder(path) -> keras.Model:
    """The part of a saved Siamese network that embeds one face: (n, h, w, 3) -> (n, d)."""
    return siamese.encoder_of(load(path))
