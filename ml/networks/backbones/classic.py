"""The original 100x100 network: four convolutions, three poolings, 4096 sigmoid units.

Koch et al. (2015) pool over 2x2. The original's code was `MaxPooling2D(64, (2, 2))`, which Keras takes as
a window of 64x64 with stride 2: its weights were trained that way and need such a network. Both can be
built; they have the same number of parameters, 38,964,545 with the Siamese head.
"""

import keras
from keras import layers

INPUT_SIZE = 100
EMBEDDING_SIZE = 4096
ALIGNMENT, ZOOM = "lfw", 1.0  # trained on whole photos, framed as LFW's are
MIRROR = False
UNIT_LENGTH = False


def build(pool_size: int = 2, separable: bool = False, name: str = "classic") -> keras.Model:
    """Build the network with random weights.

    Args:
        pool_size: side of the pooling window, stride 2: 2 as in the paper, 64 as in the original.
        separable: pool along one axis, then along the other. The maximum is the same, and a window of
            64x64 takes a thirtieth of the time.

    Returns:
        Keras model, float32 (n, 100, 100, 3) with values 0-255 -> float32 (n, 4096), each 0-1.
    """

    def pool(x, number):
        name = f"pool_{number}"
        if not separable:
            return layers.MaxPooling2D(pool_size, (2, 2), padding="same", name=name)(x)
        x = layers.MaxPooling2D((pool_size, 1), (2, 1), padding="same", name=f"{name}_rows")(x)
        return layers.MaxPooling2D((1, pool_size), (1, 2), padding="same", name=name)(x)

    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="face")
    x = layers.Rescaling(1 / 255, name="scale")(inputs)
    x = layers.Conv2D(64, (10, 10), activation="relu", name="conv_1")(x)
    x = pool(x, 1)
    x = layers.Conv2D(128, (7, 7), activation="relu", name="conv_2")(x)
    x = pool(x, 2)
    x = layers.Conv2D(128, (4, 4), activation="relu", name="conv_3")(x)
    x = pool(x, 3)
    x = layers.Conv2D(256, (4, 4), activation="relu", name="conv_4")(x)
    x = layers.Flatten(name="flatten")(x)
    outputs = layers.Dense(EMBEDDING_SIZE, activation="sigmoid", name="embedding")(x)
    return keras.Model(inputs, outputs, name=name)
