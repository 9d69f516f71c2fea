"""Losses for embeddings. Each takes (targets, outputs) of one batch and gives one value per row.

`people` (n,) or (n, 1) are integers that number the people; `embeddings` are (n, d).
"""

import keras
from keras import ops

FAR = 1e9


@keras.saving.register_keras_serializable("faceverify")
class Distillation(keras.losses.Loss):
    """Imitate a teacher: a small distance to its embedding of the same photo, and a larger one to others.

    The first part is the squared distance to the teacher's embedding. The second part, multiplied by
    `weight`, is a metric-learning loss over the batch (InfoNCE: van den Oord et al., 2018): a softmax over
    negative squared distances to all of the teacher's embeddings in the batch, in which the same photo is
    the right answer. `scale` multiplies these distances, which are about 0.4 between people whom resnet29
    takes for one.
    """

    def __init__(self, weight=0.05, scale=8.0, name="distillation", **kwargs):
        super().__init__(name=name, **kwargs)
        self.weight, self.scale = weight, scale

    def call(self, targets, outputs):
        gaps = squared_distances(outputs, targets)
        near = ops.sum(ops.square(outputs - targets), axis=-1)
        apart = ops.logsumexp(-self.scale * gaps, axis=1) + self.scale * near
        return near + self.weight * apart

    def get_config(self):
        return super().get_config() | {"weight": self.weight, "scale": self.scale}


@keras.saving.register_keras_serializable("faceverify")
class Contrastive(keras.losses.Loss):
    """Pull photos of one person together and push others beyond `margin` (Hadsell et al., 2006)."""

    def __init__(self, margin=0.6, name="contrastive", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin = margin

    def call(self, people, embeddings):
        same, other = relations(people, embeddings)
        distance = distances(embeddings)
        pull = _mean_where(ops.square(distance), same)
        push = _mean_where(ops.square(ops.relu(self.margin - distance)), other)
        return pull + push

    def get_config(self):
        return super().get_config() | {"margin": self.margin}


@keras.saving.register_keras_serializable("faceverify")
class HardTriplet(keras.losses.Loss):
    """A person's farthest photo must be nearer, by `margin`, than the nearest photo of anybody else.

    The hardest photos in the batch are chosen for each photo (Hermans et al., 2017).
    """

    def __init__(self, margin=0.2, name="hard_triplet", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin = margin

    def call(self, people, embeddings):
        same, other = relations(people, embeddings)
        distance = distances(embeddings)
        farthest = ops.max(distance * same, axis=1)
        nearest = ops.min(distance + FAR * (1.0 - other), axis=1)
        usable = ops.max(same, axis=1) * ops.max(other, axis=1)
        return ops.relu(farthest - nearest + self.margin) * usable

    def get_config(self):
        return super().get_config() | {"margin": self.margin}


@keras.saving.register_keras_serializable("faceverify")
class ArcFace(keras.losses.Loss):
    """Cross-entropy over people, with a margin added to the right person's angle (Deng et al., 2019).

    Outputs are cosines (n, people) from `CosineClasses`.
    """

    def __init__(self, margin=0.3, scale=24.0, name="arcface", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin, self.scale = margin, scale

    def call(self, people, cosines):
        own = ops.one_hot(ops.cast(ops.reshape(people, (-1,)), "int32"), cosines.shape[-1])
        # Not too close to +-1, where the slope of the arc cosine is infinite.
        angles = ops.arccos(ops.clip(cosines, -0.9999, 0.9999))
        turned = ops.cos(ops.minimum(angles + self.margin * own, 3.1415926))
        logits = self.scale * turned
        return ops.logsumexp(logits, axis=-1) - ops.sum(logits * own, axis=-1)

    def get_config(self):
        return super().get_config() | {"margin": self.margin, "scale": self.scale}


@keras.saving.register_keras_serializable("faceverify")
class CosineClasses(keras.layers.Layer):
    """Cosines between embeddings (n, d) and one learned direction per person: (n, people)."""

    def __init__(self, classes, **kwargs):
        super().__init__(**kwargs)
        self.classes = classes

    def build(self, input_shape):
        self.directions = self.add_weight(
            shape=(input_shape[-1], self.classes), initializer="glorot_uniform", name="directions"
        )

    def call(self, embeddings):
        return ops.matmul(
            ops.normalize(embeddings, axis=-1), ops.normalize(self.directions, axis=0)
        )

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.classes)

    def get_config(self):
        return super().get_config() | {"classes": self.classes}


def squared_distances(a, b):
    """Squared Euclidean distances between all rows: (n, d), (m, d) -> (n, m)."""
    a2 = ops.sum(ops.square(a), axis=-1)[:, None]
    b2 = ops.sum(ops.square(b), axis=-1)[None, :]
    return ops.maximum(a2 + b2 - 2.0 * ops.matmul(a, ops.transpose(b)), 0.0)


def distances(embeddings):
    """Euclidean distances between all rows of a batch, (n, n)."""
    # The slope of a square root is infinite at 0, the distance of each row from itself.
    return ops.sqrt(squared_distances(embeddings, embeddings) + 1e-9)


def relations(people, embeddings):
    """Two (n, n) masks of 0 and 1: for other photos of the same person, and for photos of other people."""
    people = ops.reshape(people, (-1,))
    equal = ops.cast(people[:, None] == people[None, :], embeddings.dtype)
    return equal - ops.eye(ops.shape(equal)[0], dtype=embeddings.dtype), 1.0 - equal


def _mean_where(values, mask):
    return ops.sum(values * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0)
