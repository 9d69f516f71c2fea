"""Losses that shape embeddings. Each takes (targets, outputs) of one batch, gives a value a row.

`people` (n,) or (n, 1) are integers, one for each person; `embeddings` are (n, d).
"""

import keras
from keras import ops

FAR = 1e9


@keras.saving.register_keras_serializable("faceverify")
class Distillation(keras.losses.Loss):
    """Be the teacher: squared distance to its embedding, and nearer to it than to anybody else's.

    The second part is a metric-learning loss over the batch (InfoNCE: van den Oord et al., 2018):
    a softmax over negative squared distances to all the teacher's embeddings of the batch, whose
    right answer is the same photo. `scale` multiplies the distances (they are about 0.4 between
    people that resnet29 takes for one), `weight` the part.
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
    """Pull one person's photos together, push others beyond `margin` (Hadsell et al., 2006)."""

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
    """Each photo's farthest own photo must be nearer, by `margin`, than the nearest of another.

    The hardest of the batch are mined for every photo (Hermans et al., 2017).
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
    """Cross-entropy over people with an angle added to the right one (Deng et al., 2019).

    Outputs are cosines (n, people), as `CosineClasses` gives them.
    """

    def __init__(self, margin=0.3, scale=24.0, name="arcface", **kwargs):
        super().__init__(name=name, **kwargs)
        self.margin, self.scale = margin, scale

    def call(self, people, cosines):
        own = ops.one_hot(ops.cast(ops.reshape(people, (-1,)), "int32"), cosines.shape[-1])
        # Away from +-1, where the slope of the arc cosine has no bound.
        angles = ops.arccos(ops.clip(cosines, -0.9999, 0.9999))
        turned = ops.cos(ops.minimum(angles + self.margin * own, 3.1415926))
        logits = self.scale * turned
        return ops.logsumexp(logits, axis=-1) - ops.sum(logits * own, axis=-1)

    def get_config(self):
        return super().get_config() | {"margin": self.margin, "scale": self.scale}


@keras.saving.register_keras_serializable("faceverify")
class CosineClasses(keras.layers.Layer):
    """Cosine between embeddings (n, d) and one learned direction for each person: (n, people)."""

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
    # The slope of a square root has no bound at 0, which is where each row meets itself.
    return ops.sqrt(squared_distances(embeddings, embeddings) + 1e-9)


def relations(people, embeddings):
    """Two (n, n) masks of 0 and 1: another photo of the same person, and one of another person."""
    people = ops.reshape(people, (-1,))
    equal = ops.cast(people[:, None] == people[None, :], embeddings.dtype)
    return equal - ops.eye(ops.shape(equal)[0], dtype=embeddings.dtype), 1.0 - equal


def _mean_where(values, mask):
    return ops.sum(values * mask, axis=1) / ops.maximum(ops.sum(mask, axis=1), 1.0)
