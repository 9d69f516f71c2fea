"""The original network on LFW: whole photos at 100x100, binary cross-entropy, Adam 1e-4, batch 16.

    python -m ml train classic_lfw --data ../shared/lfw --out var/runs/classic

CPU, 2 cores: 4 s a step measured, 80 minutes for 30 epochs of 40 steps. The whole run was not made
here, so no accuracy is promised. The people of lfw-pairs.txt are held out,
which leaves few with two photos; most pairs of one person are therefore one photo augmented twice.
`--set held_out_folds=4,5` holds out the people of folds 4 and 5 alone: evaluate on these two then. It leaves
523 people with two photos or more, enough for `--set twice=False`.
`--set "tower_options={'pool_size': 64, 'separable': True}"` trains it as the original's code said; pooling one
axis after the other gives the same maxima in a fraction of the time.
"""

from ml.config import Config

CONFIG = Config(
    tower="classic",
    tower_options={"pool_size": 2},
    objective="pairs",
    aligned=False,
    twice=True,
    augmentations=("flip", "brightness", "contrast", "crop", "shift", "rotation"),
    batch=16,
    steps=40,
    epochs=30,
    learning_rate=1e-4,
    validation_share=0.3,
    patience=10,
)
