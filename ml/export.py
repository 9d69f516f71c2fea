"""Keras models to LiteRT files. Needs TensorFlow; used only to prepare a model."""

import numpy as np

from ml.keras_models import keras

VARIANTS = ("float32", "float16", "int8", "int8_dynamic")


def to_litert(
    model: keras.Model, *, batch: int | None = None, variant: str = "float32", representative=None
) -> bytes:
    """Convert a Keras model on the TensorFlow backend to a LiteRT flatbuffer.

    Args:
        batch: fixed batch size, or None to leave it open.
        variant: "float32"; "float16" and "int8_dynamic" store the weights smaller and compute in
            float; "int8" also computes in integers, inputs and outputs stay float.
        representative: float (n, ...), inputs that show "int8" the ranges of its activations.

    Returns:
        The bytes of a .tflite file; the order of its outputs is the model's.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec((batch, *tensor.shape[1:]), tf.float32) for tensor in model.inputs]

    @tf.function(input_signature=specs)
    def call(*inputs):
        outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        return {f"output_{i}": output for i, output in enumerate(outputs)}

    # Without freezing, the converter leaves the variables out of the file.
    concrete = call.get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if variant not in VARIANTS:
        raise ValueError(f"There is no variant {variant!r}. Variants: {', '.join(VARIANTS)}.")
    if variant != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if variant == "int8":
        converter.representative_dataset = lambda: (
            [np.asarray(x, np.float32)[None]] for x in representative
        )
    return converter.convert()
