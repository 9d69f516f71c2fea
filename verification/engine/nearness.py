"""What another program needs to find those who are most alike: the head's score as a plain distance."""

from dataclasses import dataclass

import numpy as np

from . import serving


@dataclass(frozen=True)
class Nearness:
    """logit = bias - (distance of scaled embeddings) ** power: Euclidean for power 2, the sum of the
    differences (L1) for power 1, see `ml.decision.distance`.

    scale: float32 (d,). groups: the numbers of photos with operating points of their own, rising.
    """

    power: int
    scale: np.ndarray
    groups: tuple[int, ...]

    def scaled(self, embeddings: np.ndarray) -> np.ndarray:
        """float (..., d) -> float32 (..., d)."""
        return np.asarray(embeddings, np.float32) * self.scale

    def group_of(self, photos: int) -> int:
        """The measured number of photos that stands for this one."""
        return next((group for group in self.groups if group >= photos), self.groups[-1])


def nearness() -> Nearness:
    """Of the model that is served. Raises ArtifactError."""
    verifier = serving.verifier()
    head = verifier.head.neuron
    power = head.get("power", 1)
    weights = np.abs(np.asarray(head["weights"], np.float32))
    groups = tuple(verifier.gallery.groups) if verifier.gallery else (1,)
    return Nearness(power, np.sqrt(weights) if power == 2 else weights, groups)
