"""A small network made from ResNet-29: a quarter of the pixels, fewer blocks, factorised convolutions.

The face is shrunk to 75x75 first, with a smaller first convolution, and some of the blocks that keep the
image's size are left out. The outputs of a 3x3 convolution with C channels mostly lie in a space of far
fewer than C dimensions. The widest convolutions are therefore factorised into a 3x3 convolution to `rank`
channels and a 1x1 convolution (Zhang et al., "Accelerating Very Deep Convolutional Networks", 2015). The
initial weights are computed in closed form, layer by layer on faces
(`ml.networks.backbones.compact_init`), and then trained by distillation. The network learns the mean of
resnet29's embeddings of a face and of its mirror image, so it does not need the mirror image itself. Input,
alignment and embedding are those of `resnet29`.
"""

import keras
from keras import layers

from ml.networks.backbones import resnet29
from ml.networks.backbones.resnet29 import MeanScale, PadTo

INPUT_SIZE, EMBEDDING_SIZE = resnet29.INPUT_SIZE, resnet29.EMBEDDING_SIZE
ALIGNMENT, ZOOM = resnet29.ALIGNMENT, resnet29.ZOOM
MIRROR = False
UNIT_LENGTH = True

# The blocks of resnet29 that are kept, by their number there.
BLOCKS = (1, 4, 5, 8, 9, 10, 11, 12, 13, 14)

# Channels between the two factors of a convolution, by its filters; other convolutions stay whole.
RANKS = {256: 96}


def build(blocks=BLOCKS, ranks=None, name: str = "compact") -> keras.Model:
    """Build the network with random weights.

    Args:
        blocks: numbers of the resnet29 blocks to keep, which must include 4, 8, 11 and 14.
        ranks: channels between the factors, by filters; None for `RANKS`.

    Returns:
        Keras model, float32 (n, 150, 150, 3) with values 0-255 -> float32 (n, 128).
    """
    ranks = {int(filters): rank for filters, rank in (RANKS if ranks is None else ranks).items()}
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="face")
    x = layers.AveragePooling2D(2, name="shrink", dtype="float32")(
        inputs
    )  # pixels need full precision
    x = MeanScale(name="mean_scale", dtype="float32")(x)
    x = layers.Conv2D(32, 4, name="conv_0")(x)
    x = layers.ReLU(name="relu_0")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool_0")(x)
    for index, filters in enumerate(resnet29.BLOCKS, 1):
        if index in blocks:
            down, filters = filters < 0, abs(filters)
            x = _block(x, filters, ranks.get(filters), down=down, name=f"block_{index}")
        elif filters < 0:
            raise ValueError(f"block {index} halves the image and cannot be left out")
    x = layers.GlobalAveragePooling2D(name="average")(x)
    outputs = layers.Dense(EMBEDDING_SIZE, use_bias=False, name="embedding")(x)
    return keras.Model(inputs, outputs, name=name)


def _conv(x, filters, rank, name, *, strides=1, padding="same"):
    options = {"strides": strides, "padding": padding}
    if rank is None:
        return layers.Conv2D(filters, 3, name=name, **options)(x)
    x = layers.Conv2D(rank, 3, use_bias=False, name=f"{name}_inner", **options)(x)
    return layers.Conv2D(filters, 1, name=name)(x)


def _block(x, filters, rank, *, down, name):
    skip = x
    strides, padding = (2, "valid") if down else (1, "same")
    x = _conv(x, filters, rank, f"{name}_conv_1", strides=strides, padding=padding)
    x = layers.ReLU(name=f"{name}_relu_1")(x)
    x = _conv(x, filters, rank, f"{name}_conv_2")
    if down:
        skip = layers.AveragePooling2D(2, strides=2, name=f"{name}_skip")(skip)
    target = tuple(max(a, b) for a, b in zip(x.shape[1:], skip.shape[1:], strict=True))
    if tuple(skip.shape[1:]) != target:
        skip = PadTo(target, name=f"{name}_pad_skip")(skip)
    if tuple(x.shape[1:]) != target:
        x = PadTo(target, name=f"{name}_pad")(x)
    x = layers.Add(name=f"{name}_add")([x, skip])
    return layers.ReLU(name=f"{name}_relu")(x)
