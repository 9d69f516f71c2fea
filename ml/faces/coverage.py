"""Which features of a face are hidden by sunglasses, a mask, a scarf, a hand, or cut away.

A small convolutional network takes the aligned face and gives the probability that each eye, the nose
and the mouth is hidden. It is trained on drawn coverings (`ml.calibration.coverage`) and runs in NumPy,
in a fifth of a millisecond per face.
"""

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from ml.decision.logistic import sigmoid
from ml.faces.alignment import ChipSpec

WEIGHTS = Path(__file__).parent.parent / "packaging" / "presets" / "weights" / "coverage.npz"
CHIP = ChipSpec("dlib150", 150, 1.05)  # how the network wants its faces aligned
SIDE = 48  # side of the network's input, pixels
FEATURES = ("left_eye", "right_eye", "nose", "mouth")
STRIDE = 2  # of every convolution


@dataclass(frozen=True)
class Coverage:
    """Probability that each feature is hidden, 0-1; left and right as the viewer sees them."""

    left_eye: float
    right_eye: float
    nose: float
    mouth: float

    def to_dict(self) -> dict:
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(chip: np.ndarray) -> Coverage:
    """Measure a face.

    Args:
        chip: uint8 RGB (s, s, 3), aligned as `CHIP`, of any size.
    """
    return Coverage(*(float(value) for value in probabilities(chip[None])[0]))


def probabilities(chips: np.ndarray) -> np.ndarray:
    """Probability that each of `FEATURES` is hidden: uint8 RGB (n, s, s, 3) -> float (n, 4)."""
    x = np.stack([_shrunk(chip) for chip in chips])
    *convolutions, hidden, output = _layers()
    for kernel, bias in convolutions:
        x = np.maximum(_convolve(x, kernel, bias), 0)
    x = np.maximum(x.reshape(len(x), -1) @ hidden[0] + hidden[1], 0)
    return sigmoid(x @ output[0] + output[1])


def standardised(pixels: np.ndarray) -> np.ndarray:
    """Scale each face (n, ...) to mean 0 and deviation 1, so that light and contrast do not matter."""
    x = np.asarray(pixels, np.float32)
    axes = tuple(range(1, x.ndim))
    x = x - x.mean(axis=axes, keepdims=True)
    return x / (x.std(axis=axes, keepdims=True) + 4.0)


def _shrunk(chip: np.ndarray) -> np.ndarray:
    small = chip
    if chip.shape[0] != SIDE:
        small = cv2.resize(chip, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return standardised(small[None])[0]


def _convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """A convolution without padding, stride 2: (n, h, w, c) * (k, k, c, f) -> (n, h', w', f)."""
    size, filters = kernel.shape[0], kernel.shape[3]
    places, high, wide = _windows(*x.shape[1:], size)
    rows = x.reshape(len(x), -1).take(places, axis=1).reshape(-1, places.shape[1])
    return (rows @ kernel.reshape(-1, filters) + bias).reshape(len(x), high, wide, filters)


@cache
def _windows(height: int, width: int, channels: int, size: int) -> tuple[np.ndarray, int, int]:
    """Where in a picture, read as one row of numbers, the windows (k * k * c) of a convolution lie, one
    after the other; how many there are down and across."""
    numbers = np.arange(height * width * channels).reshape(height, width, channels)
    windows = np.lib.stride_tricks.sliding_window_view(numbers, (size, size), axis=(0, 1))
    windows = windows[::STRIDE, ::STRIDE].transpose(0, 1, 3, 4, 2)
    high, wide = windows.shape[:2]
    return windows.reshape(high * wide, -1), high, wide


def forget() -> None:
    """Read the weights again for the next face, because they were trained again."""
    _layers.cache_clear()


@cache
def _layers() -> list[tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each layer, in order."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        arrays = [stored[key].astype(np.float32) for key in sorted(stored.files)]
    return list(zip(arrays[::2], arrays[1::2], strict=True))
