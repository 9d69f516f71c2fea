"""A third of resnet29's time: its convolutions taken apart, then distilled on its embeddings.

    python -m ml train compact --data ../shared/lfw --out var/runs/compact

CPU, 2 cores: about 1.3 s a step, so an hour; the whole of it has not been run yet. A short run
(`--set epochs=8 --set steps=30 --set warmup=15`, 5 minutes) has: see docs/training.md for what it gave.
The people of lfw-pairs.txt are not trained on.
"""

from ml.config import Config

CONFIG = Config(
    tower="compact",
    objective="distill",
    start="resnet29",
    augmentations=("flip", "brightness", "contrast", "crop", "shift", "rotation", "blur"),
    mix=0.5,
    batch=64,
    epochs=60,
    steps=48,
    learning_rate=1e-3,
    cosine=True,
    warmup=50,
    clip=1.0,
    validation_share=0.08,
    patience=60,
)
