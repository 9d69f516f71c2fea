"""Batches for training. Each depends on (seed, epoch, number) alone, so that a run can go on."""

import keras
import numpy as np

from ml.training.data import mining, sampling
from ml.training.data.blending import blend
from ml.training.data.photos import Photos

DRAWN_AT_ONCE = 64  # by which faces are drawn and embedded before training


class Batches(keras.utils.PyDataset):
    """A run's training batches, drawn and augmented as its objective needs.

    Args:
        photos: the photos of the people that are trained on.
        config: `ml.training.config.Config`.
        augmenter: `ml.training.data.augmentation.Augmenter`, or None.
        teacher: for "distill", faces (n, h, w, 3) float32 -> embeddings (n, d).
        mirrored: the teacher's answers hold for the mirror images too.
        embed: where hard pairs are wanted, faces as for `teacher` -> the trained tower's embeddings.
        epoch: the first epoch that is drawn, from 0.
    """

    def __init__(
        self,
        photos: Photos,
        config,
        *,
        augmenter=None,
        teacher=None,
        mirrored: bool = False,
        embed=None,
        epoch: int = 0,
    ):
        super().__init__(workers=1)
        self.photos, self.config = photos, config
        self.augmenter, self.teacher, self.mirrored = augmenter, teacher, mirrored
        self.embed, self.likest = embed, None
        self.epoch = epoch - 1
        _, self.labels = np.unique(photos.people, return_inverse=True)
        self.drawn = self._draw(config.drawn) if config.drawn and teacher else None

    def __len__(self) -> int:
        return self.config.steps or max(1, self._count() // self.config.batch)

    def _count(self) -> int:
        return len(self.photos) if self.drawn is None else len(self.drawn[0])

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
        rows = sampling.draw_groups(self.photos.people, groups, self.config.each, generator)
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
        drawn = sampling.draw(
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
        # One order of all photos each time that all were had.
        count, batch = self._count(), self.config.batch
        begun = self.epoch * len(self) + number
        turn, place = divmod(begun, max(1, count // batch))
        order = np.random.default_rng((self.config.seed, turn + 1)).permutation(count)
        rows = order[(np.arange(batch) + place * batch) % count]
        if self.drawn is not None:
            # Left as bytes, a quarter of what floats take; the model converts them.
            faces, answers = self.drawn[0][rows], self.drawn[1][rows]
            if self.mirrored:
                turned = generator.random(batch) < 0.5
                faces[turned] = faces[turned][:, :, ::-1]
            return faces, answers
        faces = self._faces(rows, generator)
        return faces, self.teacher(faces)

    def _draw(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Faces (count, h, w, 3) uint8 as a batch has them, and the teacher's embeddings of them."""
        faces = np.empty((count, *self.photos.pixels.shape[1:]), np.uint8)
        answers = []
        progress = keras.utils.Progbar(count, unit_name="face")
        for start in range(0, count, DRAWN_AT_ONCE):
            generator = np.random.default_rng((self.config.seed, 0, start))
            some = faces[start : start + DRAWN_AT_ONCE]
            some[:] = self._faces(generator.integers(0, len(self.photos), len(some)), generator)
            answers.append(self.teacher(some.astype(np.float32)))
            progress.update(start + len(some))
        return faces, np.concatenate(answers)

    def _faces(self, rows, generator) -> np.ndarray:
        faces = self.photos.pixels[rows].astype(np.float32)
        if self.config.mix:
            chosen = np.flatnonzero(generator.random(len(rows)) < self.config.mix)
            others = generator.integers(0, len(self.photos), len(chosen))
            faces[chosen] = blend(faces[chosen], self.photos.pixels[others], generator)
        if self.augmenter is None:
            return faces
        return self.augmenter(faces, int(generator.integers(2**31)))
