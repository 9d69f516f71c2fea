"""Export Keras models to LiteRT files. This needs TensorFlow and is used only to make models."""

import contextlib
import io
import re

import numpy as np

from ml.networks.keras_io import keras

VARIANTS = ("float32", "float16", "int8", "int8_dynamic")


def to_litert(
    model: keras.Model, *, batch: int | None = None, variant: str = "float32", representative=None
) -> bytes:
    """Convert a Keras model on the TensorFlow backend to a LiteRT flatbuffer.

    Args:
        batch: a fixed batch size, or None for any size.
        variant: "float32"; "float16" has smaller weights and computes in float; the other two compute in
            integers between float inputs and outputs: "int8" with ranges of activations measured in
            advance, "int8_dynamic" with the range of each activation.
        representative: float (n, ...), inputs for measuring the ranges for "int8".

    Returns:
        the bytes of a .tflite file; its outputs are in the model's order.
    """
    if variant not in VARIANTS:
        raise ValueError(f"There is no variant {variant!r}. Variants: {', '.join(VARIANTS)}.")
    if variant == "int8_dynamic":
        return _with_integer_weights(to_litert(model, batch=batch), model)
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec((batch, *tensor.shape[1:]), tf.float32) for tensor in model.inputs]

    @tf.function(input_signature=specs)
    def call(*inputs):
        outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        return {f"output_{i}": output for i, output in enumerate(outputs)}

    # Without freezing, the converter would leave the variables out of the file.
    concrete = call.get_concrete_function()
    frozen = convert_variables_to_constants_v2(concrete)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if variant != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if variant == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if variant == "int8":
        converter.representative_dataset = lambda: (
            [np.asarray(x, np.float32)[None]] for x in representative
        )
    return converter.convert()


def _with_integer_weights(net: bytes, model: keras.Model) -> bytes:
    """8-bit weights with one scale per filter, for all layers except those whose input is the image.

    With only three channels, these run faster in float.
    """
    from ai_edge_quantizer import qtyping, quantizer

    made = quantizer.Quantizer(bytearray(net))
    for kind in (qtyping.TFLOperationName.CONV_2D, qtyping.TFLOperationName.FULLY_CONNECTED):
        made.add_dynamic_config(
            regex=".*",
            operation_name=kind,
            num_bits=8,
            granularity=qtyping.QuantGranularity.CHANNELWISE,
        )
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.input.shape[-1] <= 3:
            made.update_quantization_recipe(
                regex=rf".*/{re.escape(layer.name)}(_\d+)?/.*",
                operation_name=qtyping.TFLOperationName.CONV_2D,
                algorithm_key="no_quantize",
            )
    # The quantizer prints a summary and a progress bar.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return bytes(made.quantize().quantized_model)
