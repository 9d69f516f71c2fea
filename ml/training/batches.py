"""Training batches. Each depends only on (seed, epoch, number), so that a stopped run can be resumed."""

from collections.abc import Callable

import keras
import numpy as np

from ml.training.config import Config
from ml.training.data import mining, sampling
from ml.training.data.augmentation import Augmenter
from ml.training.data.blending import blend
from ml.training.data.photos import Photos

SYNTHETIC_AT_ONCE = 64  # faces that are made and embedded together before training

Embed = Callable[[np.ndarray], np.ndarray]


class Batches(keras.utils.PyDataset):
    """A run's training batches, sampled and augmented as its objective needs.

    Args:
        photos: the photos of the people to train on.
        config: the run's configuration.
        augmenter: None for no augmentation.
        teacher: for "distill", faces (n, h, w, 3) float32 -> embeddings (n, d).
        mirrored: whether the teacher's embedding of a face also holds for its mirror image.
        embed: for mining hard pairs, the network being trained, called like `teacher`.
        epoch: the first epoch, counted from 0.
    """

    def __init__(
        self,
        photos: Photos,
        config: Config,
        *,
        augmenter: Augmenter | None = None,
        teacher: Embed | None = None,
        mirrored: bool = False,
        embed: Embed | None = None,
        epoch: int = 0,
    ):
        super().__init__(workers=1)
        self.photos, self.config = photos, config
        self.augmenter, self.teacher, self.mirrored = augmenter, teacher, mirrored
        self.embed = embed
        self.hardest: np.ndarray | None = None
        self.epoch = epoch - 1
        _, self.labels = np.unique(photos.people, return_inverse=True)
        self.synthetic: tuple[np.ndarray, np.ndarray] | None = None
        if config.synthetic_faces and teacher:
            self.synthetic = self._synthesize(config.synthetic_faces, teacher)

    def __len__(self) -> int:
        return self.config.steps or max(1, self._count() // self.config.batch)

    def _count(self) -> int:
        return len(self.photos) if self.synthetic is None else len(self.synthetic[0])

    def on_epoch_begin(self):
        self.epoch += 1
        if self.config.hard and self.embed:
            faces = self.photos.pixels
            embeddings = [self.embed(faces[k : k + 64]) for k in range(0, len(faces), 64)]
            self.hardest = mining.hardest_others(np.concatenate(embeddings), self.photos.people)

    def __getitem__(self, number):
        generator = np.random.default_rng((self.config.seed, self.epoch + 1, number))
        if self.config.objective == "pairs":
            return self._pairs(generator)
        if self.config.objective == "distill":
            return self._distill(generator, number)
        groups = max(2, self.config.batch // self.config.each)
        rows = sampling.sample_groups(self.photos.people, groups, self.config.each, generator)
        if self.hardest is not None:
            rows = mining.mine_hard_groups(
                rows,
                self.config.each,
                self.photos.people,
                self.hardest,
                self.config.hard,
                generator,
            )
        return self._faces(rows, generator), self.labels[rows].astype(np.int32)

    def _pairs(self, generator):
        pairs = sampling.sample_pairs(
            self.photos.people, self.config.batch, generator, self_pairs=self.config.self_pairs
        )
        if self.hardest is not None:
            pairs = mining.mine_hard(pairs, self.hardest, self.config.hard, generator)
        inputs = {
            "probe": self._faces(pairs.first, generator),
            "reference": self._faces(pairs.second, generator),
        }
        return inputs, pairs.same.astype(np.float32)[:, None]

    def _distill(self, generator, number):
        # All faces come once, in a shuffled order, before any of them comes again.
        count, batch = self._count(), self.config.batch
        before = self.epoch * len(self) + number
        turn, place = divmod(before, max(1, count // batch))
        order = np.random.default_rng((self.config.seed, turn + 1)).permutation(count)
        rows = order[(np.arange(batch) + place * batch) % count]
        if self.synthetic is not None:
            # Left as bytes, a quarter of what floats take; the model converts them.
            faces, answers = (column[rows] for column in self.synthetic)
            if self.mirrored:
                flipped = generator.random(batch) < 0.5
                faces[flipped] = faces[flipped][:, :, ::-1]
            return faces, answers
        if self.teacher is None:
            raise ValueError('the objective "distill" needs a teacher')
        faces = self._faces(rows, generator)
        return faces, self.teacher(faces)

    def _synthesize(self, count: int, teacher: Embed) -> tuple[np.ndarray, np.ndarray]:
        """Blended and augmented faces uint8 (count, h, w, 3), and the teacher's embeddings of them."""
        faces = np.empty((count, *self.photos.pixels.shape[1:]), np.uint8)
        answers = []
        progress = keras.utils.Progbar(count, unit_name="face")
        for start in range(0, count, SYNTHETIC_AT_ONCE):
            generator = np.random.default_rng((self.config.seed, 0, start))
            some = faces[start : start + SYNTHETIC_AT_ONCE]
            some[:] = self._faces(generator.integers(0, len(self.photos), len(some)), generator)
            answers.append(teacher(some.astype(np.float32)))
            progress.update(start + len(some))
        return faces, np.concatenate(answers)

    def _faces(self, rows: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        faces = self.photos.pixels[rows].astype(np.float32)
        if self.config.mixup:
            chosen = np.flatnonzero(generator.random(len(rows)) < self.config.mixup)
            others = generator.integers(0, len(self.photos), len(chosen))
            faces[chosen] = blend(faces[chosen], self.photos.pixels[others], generator)
        if self.augmenter is None:
            return faces
        return self.augmenter(faces, int(generator.integers(2**31)))
