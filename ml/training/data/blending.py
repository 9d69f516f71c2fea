"""Blends of two faces: faces too, for which a teacher tells what they should give."""

import cv2
import numpy as np

from ml.decision.logistic import sigmoid


def blend(faces, others, generator: np.random.Generator) -> np.ndarray:
    """Blend each face with another, in one share for the whole face or in a smooth pattern.

    The pattern takes the eyes, say, from one face and the mouth from the other. Two thousand
    people so give millions of faces that no photo shows.

    Args:
        faces, others: (n, h, w, 3), 0-255.

    Returns:
        float32 of the same shape. At least half of a face blended in one share is its own.
    """
    blended = np.empty(faces.shape, np.float32)
    for row, (face, other) in enumerate(zip(faces, others, strict=True)):
        share = _pattern(face.shape, generator) if generator.random() < 0.5 else None
        if share is None:
            share = np.float32(generator.uniform(0.15, 0.5))
        blended[row] = face * (1 - share) + other * share
    return blended


def _pattern(shape, generator) -> np.ndarray:
    """Shares between 0 and 1 that change slowly over the image: (h, w, 1)."""
    height, width, _ = shape
    coarse = generator.normal(size=generator.integers(2, 5, 2)).astype(np.float32)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return sigmoid(4 * fine).astype(np.float32)[..., None]
