"""Networks that embed faces, one file each. Inside a model each of them is called a tower.

A module has `INPUT_SIZE` (side of the square input in pixels), `EMBEDDING_SIZE`, `ALIGNMENT` and `ZOOM`
(how faces are aligned, see `ml.faces.alignment`), `MIRROR` (whether an embedding is averaged with that of
the mirror image), `UNIT_LENGTH` (whether it is scaled to length 1) and `build(**options)`, which returns
a Keras model from RGB (n, size, size, 3), float32 with values 0-255, to (n, EMBEDDING_SIZE).
Preprocessing is part of the model.
"""

import importlib

from ml.faces.alignment import ChipSpec

NAMES = ("resnet29", "mobilefacenet", "classic", "compact")


def module(name: str):
    """The module of the network `name`.

    Raises:
        ValueError: there is no such network.
    """
    if name not in NAMES:
        raise ValueError(f"There is no tower {name!r}. Towers: {', '.join(NAMES)}.")
    return importlib.import_module(f"ml.networks.backbones.{name}")


def build(name: str, **options):
    """Build the network `name` as a Keras model."""
    return module(name).build(**options)


def chip(name: str) -> ChipSpec:
    """How the network `name` wants its faces aligned."""
    made = module(name)
    return ChipSpec(made.ALIGNMENT, made.INPUT_SIZE, made.ZOOM)
