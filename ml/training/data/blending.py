"""Blends of two faces, used as additional faces for distillation."""

import cv2
import numpy as np

from ml.decision.logistic import sigmoid


def blend(faces, others, generator: np.random.Generator) -> np.ndarray:
    """Blend each face with another one, evenly or in a smooth pattern.

    A pattern may take the eyes from one face and the mouth from the other. This way two thousand people
    give millions of new faces, for which a teacher says what embedding they should have.

    Args:
        faces, others: (n, h, w, 3), 0-255.

    Returns:
        float32 of the same shape. In an even blend the face itself has a share of at least one half.
    """
    blended = np.empty(faces.shape, np.float32)
    for row, (face, other) in enumerate(zip(faces, others, strict=True)):
        if generator.random() < 0.5:
            share = _pattern(face.shape, generator)
        else:
            share = np.full((1, 1, 1), generator.uniform(0.15, 0.5), np.float32)
        blended[row] = face * (1 - share) + other * share
    return blended


def _pattern(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Shares between 0 and 1 that vary smoothly over the image: (h, w, 1)."""
    height, width, _ = shape
    coarse = generator.normal(size=generator.integers(2, 5, 2)).astype(np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return sigmoid(4 * fine).astype(np.float32)[..., None]
