"""Batches for training. Each depends on (seed, epoch, number) alone, so that a run can go on."""

import keras
import numpy as np

from ml.data import mining, pairs
from ml.data.photos import Photos


class Batches(keras.utils.PyDataset):
    """A run's training batches, drawn and augmented as its objective needs.

    Args:
        photos: the photos of the people that are trained on.
        config: `ml.config.Config`.
        augmenter: `ml.data.augmentation.Augmenter`, or None.
        teacher: for "distill", faces (n, h, w, 3) float32 -> embeddings (n, d).
        embed: where hard pairs are wanted, faces as for `teacher` -> the trained tower's embeddings.
        epoch: the first epoch that is drawn, from 0.
    """

    def __init__(
        self, photos: Photos, config, *, augmenter=None, teacher=None, embed=None, epoch: int = 0
    ):
        super().__init__(workers=1)
        self.photos, self.config = photos, config
        self.augmenter, self.teacher = augmenter, teacher
        self.embed, self.likest = embed, None
        self.epoch = epoch - 1
        _, self.labels = np.unique(photos.people, return_inverse=True)

    def __len__(self) -> int:
        return self.config.steps or max(1, len(self.photos) // self.config.batch)

    def on_epoch_begin(self):
        self.epoch += 1
        if self.config.hard and self.embed:
            faces = self.photos.pixels
            embeddings = [self.embed(faces[k : k + 64]) for k in range(0, len(faces), 64)]
            self.likest = mining.likest_others(np.concatenate(embeddings), self.photos.people)

    def __getitem__(self, number):
        generator = np.random.default_rng((self.config.seed, self.epoch + 1, number))
        if self.config.objective == "pairs":
            return self._pairs(generator)
        if self.config.objective == "distill":
            return self._distill(generator, number)
        groups = max(2, self.config.batch // self.config.each)
        rows = pairs.draw_groups(self.photos.people, groups, self.config.each, generator)
        if self.likest is not None:
            rows = mining.harden_groups(
                rows,
                self.config.each,
                self.photos.people,
                self.likest,
                self.config.hard,
                generator,
            )
        return self._faces(rows, generator), self.labels[rows].astype(np.int32)

    def _pairs(self, generator):
        drawn = pairs.draw(
            self.photos.people, self.config.batch, generator, twice=self.config.twice
        )
        if self.likest is not None:
            drawn = mining.harden(drawn, self.likest, self.config.hard, generator)
        inputs = {
            "probe": self._faces(drawn.first, generator),
            "reference": self._faces(drawn.second, generator),
        }
        return inputs, drawn.same.astype(np.float32)[:, None]

    def _distill(self, generator, number):
        # One order of all photos an epoch (and again where the steps outnumber them).
        count = len(self.photos)
        order = np.random.default_rng((self.config.seed, self.epoch + 1)).permutation(count)
        rows = order[(np.arange(self.config.batch) + number * self.config.batch) % count]
        faces = self._faces(rows, generator)
        return faces, self.teacher(faces)

    def _faces(self, rows, generator) -> np.ndarray:
        faces = self.photos.pixels[rows].astype(np.float32)
        if self.config.mix:
            blended = (generator.random(len(rows)) < self.config.mix)[:, None, None, None]
            share = generator.uniform(0.2, 0.5, (len(rows), 1, 1, 1)).astype(np.float32) * blended
            others = self.photos.pixels[generator.integers(0, len(self.photos), len(rows))]
            faces = faces * (1 - share) + others * share
        if self.augmenter is None:
            return faces
        return self.augmenter(faces, int(generator.integers(2**31)))
