"""Keras models to LiteRT files. Needs TensorFlow; used only to prepare a model."""

import keras
import numpy as np


def to_litert(
    model: keras.Model, *, batch: int | None = None, optimizations=(), representative=None
) -> bytes:
    """Convert a Keras model on the TensorFlow backend to a LiteRT flatbuffer.

    Args:
        batch: fixed batch size, or None to leave it open.

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
    converter.optimizations = list(optimizations)
    if representative is not None:
        converter.representative_dataset = lambda: (
            [np.asarray(x, np.float32)] for x in representative
        )
    return converter.convert()
