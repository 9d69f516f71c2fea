"""A quick check that training works: a small network and few steps, without useful accuracy.

    python -m ml train smoke --data data/lfw

On 2 CPU cores less than 2 minutes. AUC about 0.5.
"""

from ml.training.config import Config

CONFIG = Config(
    tower="compact",
    tower_options={"ranks": {32: 4, 64: 4, 128: 8, 256: 8}, "blocks": (4, 8, 11, 14)},
    objective="pairs",
    aligned=False,
    limit=400,
    self_pairs=True,
    augmentations=("flip", "brightness", "jpeg"),
    batch=8,
    steps=4,
    epochs=2,
    validation_share=0.4,
)
