"""Augmentation with Keras layers, chosen at random for each photo of a batch.

All layers are from Keras except `JpegNoise`. Values are 0-255 throughout.
"""

import keras
import numpy as np
from keras import layers, ops

BLOCK = 8
# The luminance table for quality 50, from annex K of the JPEG standard (ITU-T T.81).
LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    dtype=np.float32,
)


def _cosines() -> np.ndarray:
    """The orthonormal 8-point DCT-II matrix."""
    k, n = np.mgrid[:BLOCK, :BLOCK]
    matrix = np.cos(np.pi * (2 * n + 1) * k / (2 * BLOCK)) * np.sqrt(2 / BLOCK)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


@keras.saving.register_keras_serializable("faceverify")
class JpegNoise(layers.Layer):
    """The effect of JPEG compression: the cosine coefficients of 8x8 blocks are rounded coarsely.

    Each channel is quantised with the luminance table, scaled to a random quality for each photo.
    (n, h, w, 3) -> (n, h, w, 3); sides are padded to multiples of 8 and cut again.
    """

    def __init__(self, quality=(30, 95), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.quality = tuple(quality)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images, training=True):
        if not training:
            return images
        low, high = self.quality
        count = ops.shape(images)[0]
        _, height, width, channels = images.shape
        quality = keras.random.uniform((count, 1, 1), low, high, seed=self.seed_generator)
        # The scale of the IJG: quality 50 gives the table itself, 100 almost no rounding.
        scale = ops.where(quality < 50, 5000.0 / quality, 200.0 - 2.0 * quality) / 100.0
        rows, columns = -(-height // BLOCK), -(-width // BLOCK)
        x = images - 128.0
        # Mirrored at the border explicitly: padding on PyTorch does not have "symmetric".
        if more := rows * BLOCK - height:
            x = ops.concatenate([x, ops.flip(x[:, height - more :], axis=1)], axis=1)
        if more := columns * BLOCK - width:
            x = ops.concatenate([x, ops.flip(x[:, :, width - more :], axis=2)], axis=2)
        x = ops.reshape(x, (count, rows, BLOCK, columns, BLOCK, channels))
        x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
        cosines = ops.convert_to_tensor(_cosines())
        terms = ops.matmul(ops.matmul(cosines, x), ops.transpose(cosines))
        step = ops.maximum(ops.convert_to_tensor(LUMINANCE) * scale, 1.0)
        step = ops.reshape(step, (count, 1, 1, 1, BLOCK, BLOCK))
        x = ops.matmul(ops.matmul(ops.transpose(cosines), ops.round(terms / step) * step), cosines)
        x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
        x = ops.reshape(x, (count, rows * BLOCK, columns * BLOCK, channels))
        return ops.clip(x[:, :height, :width] + 128.0, 0.0, 255.0)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return super().get_config() | {"quality": self.quality, "seed": self.seed}


def steps() -> dict[str, layers.Layer]:
    """Every augmentation by name, with strengths suited to faces."""
    span = {"value_range": (0, 255)}
    return {
        "flip": layers.RandomFlip("horizontal"),
        "brightness": layers.RandomBrightness(0.2, **span),
        "contrast": layers.RandomContrast(0.3, **span),
        "saturation": layers.RandomSaturation((0.35, 0.65), **span),
        "crop": layers.RandomZoom((-0.1, 0.05), (-0.1, 0.05), fill_mode="nearest"),
        "shift": layers.RandomTranslation(0.04, 0.04, fill_mode="nearest"),
        "rotation": layers.RandomRotation(0.02, fill_mode="nearest"),
        "blur": layers.RandomGaussianBlur(0.3, kernel_size=5, sigma=1.0, **span),
        "jpeg": JpegNoise(),
        "occlusion": layers.RandomErasing(0.3, scale=(0.02, 0.12), fill_value=110.0, **span),
    }


class Augmenter:
    """Applies augmentations to a batch. Its random choices depend only on the seed given with the batch.

    Args:
        names: which of `steps()` to apply, in that order; None for all.

    Raises:
        ValueError: there is no augmentation of one of these names.
    """

    def __init__(self, names=None):
        every = steps()
        unknown = sorted(set(names or ()) - set(every))
        if unknown:
            raise ValueError(
                f"unknown augmentation {', '.join(unknown)}; known: {', '.join(every)}"
            )
        self.layers = {
            name: layer for name, layer in every.items() if names is None or name in names
        }

    def __call__(self, images, seed: int) -> np.ndarray:
        """uint8 or float (n, h, w, 3), 0-255 -> float32 of the same shape."""
        x = ops.convert_to_tensor(np.asarray(images, np.float32))
        for number, layer in enumerate(self.layers.values()):
            generator = getattr(layer, "seed_generator", None) or layer.generator
            # Each batch has its own seed, so that a resumed run gets the same batches.
            generator.state.assign(np.array([seed % 2**31, number], dtype="uint32"))
            x = layer(x, training=True)
        return ops.convert_to_numpy(ops.clip(x, 0.0, 255.0)).astype(np.float32)


def contact_sheet(photo: bytes, path, *, seed: int = 1, each: int = 6, side: int = 150) -> None:
    """Write a PNG with a row of samples for each augmentation, and one for all of them together.

    Raises:
        ImageRefused: the photo cannot be decoded.
    """
    from matplotlib.figure import Figure

    from ml.training.data.photos import whole

    batch = np.broadcast_to(whole(photo, side), (each, side, side, 3))
    rows = {name: Augmenter([name]) for name in steps()} | {"all": Augmenter()}
    figure = Figure(figsize=(each * 1.3, len(rows) * 1.3), layout="constrained")
    grid = figure.subplots(len(rows), each)
    for line, (name, augment) in zip(grid, rows.items(), strict=True):
        for axes, sample in zip(line, augment(batch, seed), strict=True):
            axes.imshow(sample.astype(np.uint8))
            axes.set_xticks([])
            axes.set_yticks([])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
    figure.savefig(path, dpi=80)
