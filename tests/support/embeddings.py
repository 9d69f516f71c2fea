"""Embeddings of people who do not exist."""

import numpy as np

from verification.engine import model_info


def people(count, photos, spread, seed):
    """Embeddings of made-up people: unit vectors around a centre each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(count, 1, 32))
    points = (centres + rng.normal(0, spread, (count, photos, 32))).reshape(-1, 32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.astype(np.float32), [f"P{i}_{k:04d}" for i in range(count) for k in range(photos)]


def made_up_numbers() -> list[float]:
    """An embedding of the size of the model that is served."""
    return [1.0] + [0.0] * (model_info().embedding_size - 1)


def numbers_sent() -> dict:
    """The same as a program sends it."""
    return {"embedding": made_up_numbers(), "model": {"sha256": model_info().sha256}}
