"""A quarter of resnet29's time: fewer blocks and factorised convolutions, trained by distillation.

    python -m ml train compact --data data/lfw --out var/runs/start --set synthetic_faces=0 \\
        --set epochs=1 --set steps=1 --set learning_rate=0 --set precision=float32
    KERAS_BACKEND=torch python -m ml train compact --data data/lfw --out var/runs/compact \\
        --set start=var/runs/start/best.keras

The first command computes the initial weights in closed form, the second distils from there. Without `start`
they are computed in the same run, which on PyTorch takes 18 GB of memory. On 2 CPU cores with bfloat16
instructions: 11 minutes for the initial weights, 8 ms for each synthetic face (6.8 GB of memory for all), then
0.3 s per step, 50 minutes. Expect 98 % on folds 4 and 5 of LFW View 2 when only these are held out
(`--set held_out_folds=4,5`).
"""

from ml.training.config import Config

CONFIG = Config(
    tower="compact",
    objective="distill",
    start="resnet29",
    augmentations=("flip", "brightness", "contrast", "blur"),
    mixup=0.7,
    synthetic_faces=100_000,
    batch=64,
    epochs=10,
    steps=1000,
    learning_rate=1e-3,
    cosine=True,
    warmup=100,
    clip=1.0,
    loss={"weight": 0.02},
    validation_share=0.08,
    patience=10,
    precision="mixed_bfloat16",
)
