"""The last neuron, before its sigmoid: how far apart two embeddings are, feature by feature.

logit = bias + weights . |a - b| ** power, with negative weights. Power 1 is the L1 distance of the original
network. Embeddings of length 1 are compared with power 2: on LFW's development people this raised the
true-match rate at a false-match rate of 1 in 10,000 from 0.75 to 0.78 for resnet29, and from 0.94 to 0.96 for
duo.
"""

import numpy as np


def features(a: np.ndarray, b: np.ndarray, power: int) -> np.ndarray:
    """The input of the neuron: |a - b| ** power. float (..., d), (..., d), broadcast -> (..., d)."""
    difference = a - b
    return difference * difference if power == 2 else np.abs(difference)


def logits(head: dict, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The neuron's logits.

    Args:
        head: {"weights": [d], "bias": float, "power": 1 (default) or 2}.
        a, b: float (..., d), broadcast.

    Returns:
        float (...).
    """
    weights = np.asarray(head["weights"], np.float32)
    return features(a, b, head.get("power", 1)) @ weights + np.float32(head["bias"])


def power_for(embeddings: np.ndarray) -> int:
    """The power for a new head for such embeddings (n, d)."""
    return 2 if np.allclose(np.linalg.norm(embeddings, axis=1), 1.0, atol=1e-3) else 1
