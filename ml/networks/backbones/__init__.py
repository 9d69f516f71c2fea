"""Embedding networks ("towers"), one file each.

A tower module has `INPUT_SIZE` (side of its square input in pixels), `EMBEDDING_SIZE`,
`ALIGNMENT` (name of a template in `ml.faces.alignment`), `MIRROR` (whether its embedding is averaged with
that of the mirror image) and `build(**options)`, which returns a Keras model from uint8-range float
RGB (n, size, size, 3), values 0-255, to (n, EMBEDDING_SIZE). Preprocessing is part of the model.
"""

import importlib

NAMES = ("resnet29", "mobilefacenet", "classic", "compact")


def module(name: str):
    """The module of the tower `name`.

    Raises:
        ValueError: there is no such tower.
    """
    if name not in NAMES:
        raise ValueError(f"There is no tower {name!r}. Towers: {', '.join(NAMES)}.")
    return importlib.import_module(f"ml.networks.backbones.{name}")


def build(name: str, **options):
    """Build the tower `name` as a Keras model."""
    return module(name).build(**options)
