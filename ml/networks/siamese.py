"""The Siamese network: one tower for both faces, an L1 distance and one sigmoid neuron.

After Koch, Zemel and Salakhutdinov, "Siamese Neural Networks for One-shot Image Recognition"
(2015): p(same person) = sigmoid(w . |f(a) - f(b)| + bias). If embeddings have length 1, the differences are
squared first.
"""

import keras
from keras import layers, ops

from ml.networks.backbones import resnet29  # noqa: F401  registers the layers that a saved model may contain


@keras.saving.register_keras_serializable("faceverify")
class L1Distance(layers.Layer):
    """|a - b| of two embeddings by element: two (n, d) -> (n, d)."""

    def call(self, inputs):
        probe, reference = inputs
        return ops.abs(probe - reference)

    def compute_output_shape(self, input_shape):
        return input_shape[0]


@keras.saving.register_keras_serializable("faceverify")
class Squared(layers.Layer):
    """The square of each distance: (n, d) -> (n, d)."""

    def call(self, inputs):
        return ops.square(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("faceverify")
class UnitLength(layers.Layer):
    """Scale each embedding to length 1: (n, d) -> (n, d)."""

    def call(self, inputs):
        length = ops.sqrt(ops.maximum(ops.sum(ops.square(inputs), axis=-1, keepdims=True), 1e-12))
        return inputs / length

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("faceverify")
class MirrorAveraged(layers.Layer):
    """Average a tower's embeddings of a face and of its mirror image: (n, h, w, 3) -> (n, d).

    It takes a second pass, and clearly lowers the errors at small false-match rates.
    """

    def __init__(self, tower, **kwargs):
        super().__init__(**kwargs)
        self.tower = tower

    def call(self, inputs):
        return (self.tower(inputs) + self.tower(ops.flip(inputs, axis=2))) / 2.0

    def compute_output_shape(self, input_shape):
        return (input_shape[0], self.tower.output_shape[-1])

    def get_config(self):
        return super().get_config() | {"tower": keras.saving.serialize_keras_object(self.tower)}

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["tower"] = keras.saving.deserialize_keras_object(config["tower"])
        return cls(**config)


def build(tower: keras.Model, *, mirror: bool = False, unit_length: bool = False) -> keras.Model:
    """Build the Siamese network around a tower, see `of` and `encoder`."""
    return of(encoder(tower, mirror=mirror, unit_length=unit_length), name=f"siamese_{tower.name}")


def of(embed: keras.Model, *, power: int = 1, name: str = "siamese") -> keras.Model:
    """Build the Siamese network around an encoder.

    Args:
        embed: Keras model from faces (n, h, w, 3), with one input per tower, to embeddings (n, d).
        power: 2 to square the differences before the neuron, see `ml.decision.distance`.

    Returns:
        Keras model with the inputs "probe" and "reference" (for several towers "probe_0", "probe_1" and
        so on) and the output (n, 1), a score between 0 and 1, higher for more similar faces. Its layers
        `L1Distance` and `Dense` are named "distance" and "head".
    """
    several = len(embed.inputs) > 1
    faces = {
        role: [
            keras.Input(face.shape[1:], name=f"{role}_{number}" if several else role)
            for number, face in enumerate(embed.inputs)
        ]
        for role in ("probe", "reference")
    }
    probe, reference = (embed(rows if several else rows[0]) for rows in faces.values())
    distance = L1Distance(name="distance")([probe, reference])
    if power == 2:
        distance = Squared(name="squared")(distance)
    score = layers.Dense(1, activation="sigmoid", name="head")(distance)
    return keras.Model([*faces["probe"], *faces["reference"]], score, name=name)


def encoder(tower: keras.Model, *, mirror: bool, unit_length: bool) -> keras.Model:
    """The part of the network that embeds either face: (n, h, w, 3) -> (n, d).

    Args:
        tower: Keras model from faces (n, h, w, 3) to embeddings (n, d).
        mirror: average each embedding with that of the mirror image.
        unit_length: scale the embeddings to length 1 before they are compared.
    """
    if not mirror and not unit_length:
        return tower
    face = keras.Input(tower.input_shape[1:], name="face")
    x = MirrorAveraged(tower, name="mirror")(face) if mirror else tower(face)
    if unit_length:
        x = UnitLength(name="unit_length")(x)
    return keras.Model(face, x, name="encoder")


def fuse(encoders: list[keras.Model], weights: list[float]) -> keras.Model:
    """Several encoders as one: their embeddings, each multiplied by its weight, are concatenated.

    Args:
        encoders: Keras models (n, h, w, 3) -> (n, d_i).

    Returns:
        Keras model with one input per encoder and the output (n, sum of d_i).
    """
    if len(encoders) == 1:
        return encoders[0]
    faces = [
        keras.Input(each.input_shape[1:], name=f"face_{number}")
        for number, each in enumerate(encoders)
    ]
    parts = []
    for number, (each, face, weight) in enumerate(zip(encoders, faces, weights, strict=True)):
        # Every encoder is called "encoder", but the names inside a model must differ.
        inner = keras.Model(each.inputs[0], each.outputs[0], name=f"encoder_{number}")
        parts.append(layers.Rescaling(float(weight), name=f"weight_{number}")(inner(face)))
    return keras.Model(faces, layers.Concatenate(name="side_by_side")(parts), name="encoder")


def parts(encoder: keras.Model) -> list[keras.Model]:
    """The encoders that `fuse` combined, without their weights; a single encoder is returned as it is."""
    if len(encoder.inputs) == 1:
        return [encoder]
    return [encoder.get_layer(f"encoder_{number}") for number in range(len(encoder.inputs))]


def encoder_of(model: keras.Model) -> keras.Model:
    """The encoder inside a model made by `of` or `build`.

    Raises:
        ValueError: the model is not such a network.
    """
    nested = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    if len(nested) != 1:
        raise ValueError("A Siamese network holds exactly one encoder.")
    return nested[0]


def tower_of(model: keras.Model) -> keras.Model:
    """The tower inside a model made by `build`, without mirror averaging and scaling to length 1.

    Raises:
        ValueError: the model is not such a network, or has several towers.
    """
    inner = encoder_of(model)
    if len(inner.inputs) > 1:
        raise ValueError("This Siamese network has several towers.")
    if inner.name != "encoder":
        return inner
    for layer in inner.layers:
        if isinstance(layer, MirrorAveraged):
            return layer.tower
    return encoder_of(inner)


def set_head(model: keras.Model, head: dict) -> None:
    """Set the last neuron from a manifest's {"weights": [d], "bias": float}."""
    weights = ops.convert_to_numpy(ops.reshape(ops.convert_to_tensor(head["weights"]), (-1, 1)))
    model.get_layer("head").set_weights(
        [weights, ops.convert_to_numpy(ops.reshape(head["bias"], (1,)))]
    )
