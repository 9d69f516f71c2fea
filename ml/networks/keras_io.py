"""Load Keras models safely. Importing this module imports Keras and its backend."""

import os
from pathlib import Path

# TensorFlow's oneDNN graph pass crashes at random at the first call of a compiled function.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from ml.errors import MlError
from ml.networks import backbones, siamese


def load(path) -> keras.Model:
    """Load a .keras file without running code inside it."""
    return keras.models.load_model(path, compile=False, safe_mode=True)


def load_encoder(path) -> keras.Model:
    """The part of a saved Siamese network that embeds one face: (n, h, w, 3) -> (n, d)."""
    return siamese.encoder_of(load(path))


def read_tower(path):
    """The tower in a .keras or .h5 file.

    Raises:
        MlError: the file cannot be read, or contains another network.
    """
    path = Path(path)
    if not path.is_file():
        raise MlError("model_missing", f"There is no file {path}.", "Name a .keras or .h5 file.")
    if path.suffix in (".h5", ".hdf5"):
        return _original(path)
    try:
        model = load(path)
        tower = siamese.tower_of(model) if len(model.inputs) == 2 else model
    except (ValueError, TypeError, OSError, KeyError) as error:
        raise MlError(
            "model_damaged", f"{path} holds no readable model.", "Copy or train it again."
        ) from error
    shape = tower.input_shape
    if len(tower.inputs) != 1 or len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3:
        raise MlError(
            "model_unknown",
            f"{path} does not take square colour photos: its input is {shape}.",
            "Import a tower (photo to embedding) or a Siamese network of two photos.",
        )
    for layer in tower.layers:
        layer.dtype_policy = (
            "float32"  # networks trained in mixed precision are served in single precision
        )
    return tower


def _original(path: Path):
    """The classic tower with the weights of the original's .h5 file.

    Only the numbers are read; the file's configuration and its `L1Dist` layer are not used.
    """
    import h5py

    try:
        with h5py.File(path) as file:
            group = file.get("model_weights", file)
            stored = _arrays(group)
    except (OSError, KeyError) as error:
        raise MlError(
            "model_damaged", f"{path} is not an HDF5 file with weights.", "Copy it again."
        ) from error
    tower = backbones.build("classic", pool_size=64, separable=True)  # same results, faster
    network = siamese.build(tower)
    wanted = [weight.shape for weight in network.weights]
    shapes = [array.shape for array in stored]
    if shapes != wanted:
        raise MlError(
            "model_unknown",
            f"{path} does not hold the original network: {len(shapes)} weight arrays, "
            f"{sum(int(np.prod(shape)) for shape in shapes):,} numbers; "
            f"{len(wanted)} and {network.count_params():,} are expected.",
            "Export it as the original saved it, with model.save('name.h5').",
        )
    network.set_weights(stored)
    return tower


def _arrays(group) -> list[np.ndarray]:
    """All weights in the order in which Keras wrote them."""
    found = []
    for layer in group.attrs["layer_names"]:
        layer = group[layer.decode() if isinstance(layer, bytes) else layer]
        for name in layer.attrs["weight_names"]:
            found.append(layer[name.decode() if isinstance(name, bytes) else name][()])
    return found
