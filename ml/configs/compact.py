"""A third of resnet29's time: fewer blocks, some convolutions taken apart, distilled.

    KERAS_BACKEND=torch python -m ml train compact --data ../shared/lfw --out var/runs/compact

CPU, 2 cores.
"""

from ml.config import Config

CONFIG = Config(
    tower="compact",
    objective="distill",
    start="resnet29",
    augmentations=("flip", "brightness", "contrast", "blur"),
    mix=0.7,
    drawn=60_000,
    batch=64,
    epochs=19,
    steps=468,
    learning_rate=1e-3,
    cosine=True,
    warmup=100,
    clip=1.0,
    loss={"weight": 0.02},
    validation_share=0.08,
    patience=19,
)
