"""ResNet-29 for face embeddings: dlib's network, rebuilt in Keras.

5,607,488 parameters, input 150x150 RGB, output 128 numbers. Trained by Davis King on 3 million faces of
7,485 people, none of whom are in LFW; the weights are in the public domain (CC0). dlib's affine layers are
folded into the convolutions before them.
"""

import keras
import numpy as np
from keras import layers, ops

from ml.networks import dlib_weights

INPUT_SIZE = 150
EMBEDDING_SIZE = 128
ALIGNMENT, ZOOM = "dlib150", 1.05
MIRROR = True
UNIT_LENGTH = True
MEAN = (122.782, 117.001, 104.298)
SCALE = 256.0

# Filters of each residual block; a negative number marks a block that halves the image.
BLOCKS = (32, 32, 32, -64, 64, 64, 64, -128, 128, 128, -256, 256, 256, -256)


@keras.saving.register_keras_serializable("faceverify")
class MeanScale(layers.Layer):
    """(x - mean) / scale, channel by channel."""

    def __init__(self, mean=MEAN, scale=SCALE, **kwargs):
        super().__init__(**kwargs)
        self.mean = tuple(float(value) for value in mean)
        self.scale = float(scale)

    def call(self, inputs):
        mean = ops.convert_to_tensor(self.mean, dtype=inputs.dtype)
        return (inputs - mean) / self.scale

    def get_config(self):
        return super().get_config() | {"mean": self.mean, "scale": self.scale}


@keras.saving.register_keras_serializable("faceverify")
class PadTo(layers.Layer):
    """Zero-pad height, width and channels at their ends, as dlib's add_prev does.

    Takes (n, h, w, c) and pads to the target (height, width, channels).
    """

    def __init__(self, target, **kwargs):
        super().__init__(**kwargs)
        self.target = tuple(target)

    def call(self, inputs):
        padding = [
            (0, want - have) for want, have in zip(self.target, inputs.shape[1:], strict=True)
        ]
        return ops.pad(inputs, [(0, 0), *padding])

    def compute_output_shape(self, input_shape):
        return (input_shape[0], *self.target)

    def get_config(self):
        return super().get_config() | {"target": self.target}


def build(weights: str | None = "dlib", name: str = "resnet29") -> keras.Model:
    """Build the network.

    Args:
        weights: "dlib" for the public-domain weights, None for random weights.

    Returns:
        Keras model, float32 (n, 150, 150, 3) with values 0-255 -> float32 (n, 128).

    Raises:
        ArtifactError: the weights file is missing or damaged.
    """
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="face")
    x = MeanScale(name="mean_scale")(inputs)
    x = layers.Conv2D(32, 7, strides=2, activation="relu", name="conv_0")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool_0")(x)
    for index, filters in enumerate(BLOCKS, 1):
        x = _block(x, abs(filters), down=filters < 0, name=f"block_{index}")
    x = layers.GlobalAveragePooling2D(name="average")(x)
    outputs = layers.Dense(EMBEDDING_SIZE, use_bias=False, name="embedding")(x)
    model = keras.Model(inputs, outputs, name=name)
    if weights == "dlib":
        _load(model)
    elif weights is not None:
        raise ValueError(f'weights is "dlib" or None, not {weights!r}')
    return model


def _block(x, filters: int, *, down: bool, name: str):
    skip = x
    x = layers.Conv2D(
        filters,
        3,
        strides=2 if down else 1,
        padding="valid" if down else "same",
        activation="relu",
        name=f"{name}_conv_1",
    )(x)
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_conv_2")(x)
    if down:
        skip = layers.AveragePooling2D(2, strides=2, name=f"{name}_skip")(skip)
    # If the sizes differ, dlib pads both with zeros to the larger one and adds them.
    target = tuple(max(a, b) for a, b in zip(x.shape[1:], skip.shape[1:], strict=True))
    if tuple(skip.shape[1:]) != target:
        skip = PadTo(target, name=f"{name}_pad_skip")(skip)
    if tuple(x.shape[1:]) != target:
        x = PadTo(target, name=f"{name}_pad")(x)
    x = layers.Add(name=f"{name}_add")([x, skip])
    return layers.ReLU(name=f"{name}_relu")(x)


def _load(model: keras.Model) -> None:
    stored = dlib_weights.read_layers()
    convolutions = [layer for layer in model.layers if isinstance(layer, layers.Conv2D)]
    rows = zip(convolutions, stored["con"], stored["affine"], strict=True)
    for layer, (kernel, bias), (gamma, beta) in rows:
        # [out, in, h, w] -> [h, w, in, out]; gamma * (Wx + b) + beta folds into the convolution.
        kernel = np.transpose(kernel, (2, 3, 1, 0)) * gamma
        layer.set_weights([kernel, bias * gamma + beta])
    model.get_layer("embedding").set_weights([stored["fc"][0]])
