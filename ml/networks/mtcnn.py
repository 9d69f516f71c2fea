"""The three MTCNN networks in Keras, with the weights of the package `mtcnn` (MIT).

After Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional
Networks" (2016). They are used only to prepare a model: `ml.faces` runs their LiteRT exports. All take
float32 RGB scaled to (x - 127.5) / 128.
"""

import hashlib
import importlib.util
import io
from pathlib import Path

import keras
from keras import layers

from ml.errors import ArtifactError

RNET_SIZE, ONET_SIZE = 24, 48
# The files are pickles, which run code when they are read: so only these files are, of mtcnn 1.0.0.
SHA256 = {
    "pnet": "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5",
    "rnet": "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee",
    "onet": "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3",
}


def build_all() -> dict[str, keras.Model]:
    """Build "pnet", "rnet" and "onet" with their weights.

    Raises:
        ArtifactError: the package with the weights is not installed, or they are not the known ones.
    """
    return {"pnet": _pnet(), "rnet": _rnet(), "onet": _onet()}


def _pnet() -> keras.Model:
    """Any image (n, h, w, 3) -> box offsets (n, h', w', 4), face probability (n, h', w', 2)."""
    inputs = keras.Input((None, None, 3))
    x = _conv(inputs, 10, 3, "1")
    x = layers.MaxPooling2D(2, 2, padding="same")(x)
    x = _conv(x, 16, 3, "2")
    x = _conv(x, 32, 3, "3")
    boxes = layers.Conv2D(4, 1, name="boxes")(x)
    scores = layers.Conv2D(2, 1, activation="softmax", name="scores")(x)
    order = ["conv1", "prelu1", "conv2", "prelu2", "conv3", "prelu3", "boxes", "scores"]
    return _with_weights(keras.Model(inputs, [boxes, scores], name="pnet"), order)


def _rnet() -> keras.Model:
    """Crops (n, 24, 24, 3) -> box offsets (n, 4), face probability (n, 2)."""
    inputs = keras.Input((RNET_SIZE, RNET_SIZE, 3))
    x = _conv(inputs, 28, 3, "1")
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = _conv(x, 48, 3, "2")
    x = layers.MaxPooling2D(3, 2)(x)
    x = _conv(x, 64, 2, "3")
    x = _dense(x, 128, "4")
    boxes = layers.Dense(4, name="boxes")(x)
    scores = layers.Dense(2, activation="softmax", name="scores")(x)
    order = ["conv1", "prelu1", "conv2", "prelu2", "conv3", "prelu3", "dense4", "prelu4"]
    return _with_weights(
        keras.Model(inputs, [boxes, scores], name="rnet"), [*order, "boxes", "scores"]
    )


def _onet() -> keras.Model:
    """Crops (n, 48, 48, 3) -> box offsets (n, 4), landmarks (n, 10), face probability (n, 2)."""
    inputs = keras.Input((ONET_SIZE, ONET_SIZE, 3))
    x = _conv(inputs, 32, 3, "1")
    x = layers.MaxPooling2D(3, 2, padding="same")(x)
    x = _conv(x, 64, 3, "2")
    x = layers.MaxPooling2D(3, 2)(x)
    x = _conv(x, 64, 3, "3")
    x = layers.MaxPooling2D(2, 2, padding="same")(x)
    x = _conv(x, 128, 2, "4")
    x = _dense(x, 256, "5")
    boxes = layers.Dense(4, name="boxes")(x)
    landmarks = layers.Dense(10, name="landmarks")(x)
    scores = layers.Dense(2, activation="softmax", name="scores")(x)
    order = [f"{kind}{n}" for n in "1234" for kind in ("conv", "prelu")]
    order += ["dense5", "prelu5", "boxes", "landmarks", "scores"]
    return _with_weights(keras.Model(inputs, [boxes, landmarks, scores], name="onet"), order)


def _conv(x, filters: int, size: int, number: str):
    x = layers.Conv2D(filters, size, name=f"conv{number}")(x)
    return layers.PReLU(shared_axes=[1, 2], name=f"prelu{number}")(x)


def _dense(x, units: int, number: str):
    # The weights were trained on column-major images: width first, then height.
    x = layers.Flatten()(layers.Permute((2, 1, 3))(x))
    x = layers.Dense(units, name=f"dense{number}")(x)
    return layers.PReLU(name=f"prelu{number}")(x)


def _with_weights(model: keras.Model, order: list[str]) -> keras.Model:
    import joblib

    spec = importlib.util.find_spec("mtcnn")
    folders = (spec and spec.submodule_search_locations) or ()
    paths = [Path(folder) / "assets" / "weights" / f"{model.name}.lz4" for folder in folders]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise ArtifactError(
            "weights_missing",
            "The package mtcnn with its weights is not installed.",
            "Run `make setup`.",
        )
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256[model.name]:
        raise ArtifactError(
            "weights_damaged",
            f"{path.name} of the package mtcnn is not the file that is known, and was not read.",
            "Install the version that requirements.txt pins: run `make setup`.",
        )
    values = list(joblib.load(io.BytesIO(data)))
    for name in order:
        layer = model.get_layer(name)
        count = len(layer.weights)
        layer.set_weights(
            [v.reshape(w.shape) for v, w in zip(values[:count], layer.weights, strict=True)]
        )
        del values[:count]
    if values:
        raise ArtifactError("weights_damaged", f"{path.name} has more weights than the network.")
    return model
