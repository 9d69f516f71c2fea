"""Faces for training, found and aligned as the product does it."""

import json

import numpy as np

from ml.faces import alignment, coverage
from ml.faces.alignment import ChipSpec
from ml.serving.verifier import Verifier


class AlignedFaces:
    """Photo bytes -> aligned face, uint8 RGB (s, s, 3), with `s` the input size of one tower.

    Args:
        verifier: the model whose detector finds the faces.
        chip: how the tower wants its faces aligned, see `ml.networks.backbones.chip`.
    """

    def __init__(self, verifier: Verifier, chip: ChipSpec):
        # The first chip is the one on which quality is measured, with bounds for this alignment.
        self._finder = verifier.finder.cutting([coverage.CHIP, chip])
        template = alignment.TEMPLATES[chip.template].tolist()
        self.identity = json.dumps([verifier.detector, chip.size, chip.zoom, template])
        """Names the detector and the alignment: equal where photos give the same faces."""

    def __call__(self, data: bytes) -> np.ndarray:
        """Find and align the face that is clearly meant. Raises ImageRefused."""
        return self._finder.acquire(data).face.chips[1]
