"""Adapts resnet29's last blocks to your photos by a metric-learning loss on the hardest triplets.

    python -m ml train finetune --data FOLDER --set held_out=

On a CPU core a step takes about 2 s, and training a quarter of an hour at most. Short runs on LFW with each loss
(docs/training.md) were no better than resnet29 itself, 99.1 % on folds 4 and 5: expect gains only from many photos
of people like yours. LFW has too few: without the people of lfw-pairs.txt only 52 people have two photos.
`--set objective=arcface` or `contrastive` selects another loss.
"""

from ml.training.config import Config

CONFIG = Config(
    tower="resnet29",
    objective="triplet",
    start="resnet29",
    trainable_from="block_12_conv_1",
    augmentations=("flip", "brightness", "contrast", "shift", "blur", "jpeg", "occlusion"),
    batch=32,
    each=4,
    steps=40,
    epochs=10,
    learning_rate=1e-5,
    clip=1.0,
    validation_share=0.3,
    patience=3,
)
