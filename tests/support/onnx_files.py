"""Networks of ours in ONNX, written as the InsightFace family publishes theirs, and faulty ones."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="the package onnx is not installed")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

OPSET, IR_VERSION = 17, 8
# What `models import` must be told of the project's tower `compact`.
COMPACT = ["--alignment", "dlib150", "--zoom", "1.05", "--mean", "122.782,117.001,104.298"]
COMPACT += ["--scale", "256", "--no-mirror"]
NCHW = (0, 3, 1, 2)


class _Graph:
    """Nodes and weights of a graph that is being written."""

    def __init__(self):
        self.nodes, self.weights, self._names = [], [], {}

    def name(self, tensor, given: str | None = None) -> str:
        return self._names.setdefault(id(tensor), given or f"t{len(self._names)}")

    def weight(self, array, dtype=np.float32) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(array, dtype), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, **attributes) -> None:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))


def export(tower, *, batch="n", layout: str = "nchw") -> bytes:
    """A Keras tower as an ONNX file that takes scaled pixels: its own first scaling is left out.

    Args:
        tower: Keras model (n, size, size, 3) -> (n, d) of the layers that ours have.
        batch: a number, or a name for one that is open.
    """
    graph = _Graph()
    for layer in tower.layers:
        _layer(graph, layer)
    size = tower.input_shape[1]
    shape = [batch, 3, size, size]
    if layout == "nhwc":
        graph.nodes.insert(0, helper.make_node("Transpose", ["face_nhwc"], ["face"], perm=NCHW))
        shape = [batch, size, size, 3]
    taken = "face_nhwc" if layout == "nhwc" else "face"
    outputs = [(graph.name(tower.outputs[0]), [batch, tower.output_shape[-1]])]
    return write(graph.nodes, graph.weights, [(taken, shape)], outputs)


def write(nodes, weights, inputs, outputs, *, opset: int = OPSET, domain: str = "") -> bytes:
    """A file with this graph; inputs and outputs are names and shapes, of floats."""
    taken, given = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in rows]
        for rows in (inputs, outputs)
    )
    graph = helper.make_graph(nodes, "face", taken, given, weights)
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets)
    model.ir_version = IR_VERSION
    return model.SerializeToString()


def small(
    *,
    shape=(1, 3, 112, 112),
    numbers: int = 32,
    factor: float = 1.0,
    operation: str = "Identity",
    extra_input=None,
    outputs=("embedding",),
    **rest,
) -> bytes:
    """A network that shrinks the face and projects it: small, and good enough to be checked.

    Args:
        factor: of its weights.
        operation: what it does last.
    """
    usual = (1, 3, 112, 112)
    _, *sides = (
        side if isinstance(side, int) else known for side, known in zip(shape, usual, strict=True)
    )
    channels, height, width = sides[0], sides[1] // 8, sides[2] // 8
    size = (channels * height * width, numbers)
    draw = np.random.default_rng(0).normal(size=size) * factor
    weights = [numpy_helper.from_array(draw.astype(np.float32), "w")]
    last = {"domain": rest["domain"]} if "domain" in rest else {}
    nodes = [
        helper.make_node("AveragePool", ["face"], ["shrunk"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("Flatten", ["shrunk"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["projected"]),
        helper.make_node(operation, ["projected"], ["embedding"], **last),
    ]
    inputs = [("face", list(shape)), *([extra_input] if extra_input else [])]
    shapes = {"embedding": [shape[0], numbers], "shrunk": [shape[0], channels, height, width]}
    return write(nodes, weights, inputs, [(name, shapes[name]) for name in outputs], **rest)


def noisy() -> bytes:
    """A network with a dropout that was not left behind in training."""
    nodes = [
        helper.make_node("AveragePool", ["face"], ["shrunk"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("RandomNormalLike", ["shrunk"], ["noise"]),
        helper.make_node("Add", ["shrunk", "noise"], ["heard"]),
        helper.make_node("Flatten", ["heard"], ["embedding"]),
    ]
    return write(nodes, [], [("face", [1, 3, 112, 112])], [("embedding", [1, 588])])


def with_external_weights(folder) -> Path:
    """A file whose weights lie in another one beside it."""
    path = folder / "network.onnx"
    model = onnx.load_from_string(small())
    onnx.save(model, path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path


def red_excess() -> bytes:
    """A network that sees only by how much red outshines blue, as it does in faces.

    With the channels in the wrong order it sees nothing.
    """
    draw = np.random.default_rng(0).normal(size=(28 * 28, 64)).astype(np.float32)
    differ = np.array([1.0, 0.0, -1.0], np.float32).reshape(1, 3, 1, 1)
    weights = [numpy_helper.from_array(draw, "w"), numpy_helper.from_array(differ, "differ")]
    floor = numpy_helper.from_array(np.array(0.08, np.float32), "floor")
    nodes = [
        helper.make_node("Conv", ["face", "differ"], ["excess"]),
        helper.make_node("Sub", ["excess", "floor"], ["over"]),
        helper.make_node("Relu", ["over"], ["seen"]),
        helper.make_node("AveragePool", ["seen"], ["shrunk"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["shrunk"], ["flat"]),
        helper.make_node("MatMul", ["flat", "w"], ["embedding"]),
    ]
    sizes = [("face", [1, 3, 112, 112])], [("embedding", [1, 64])]
    return write(nodes, [*weights, floor], *sizes)


def _layer(graph: _Graph, layer) -> None:
    kind = type(layer).__name__
    if kind == "InputLayer":
        graph.name(layer.output, "face")
        return
    source = layer.input if isinstance(layer.input, list) else [layer.input]
    inputs, output = [graph.name(tensor) for tensor in source], graph.name(layer.output)
    if kind in ("Rescaling", "MeanScale"):
        graph.add("Identity", inputs, output)
    elif kind in ("Conv2D", "DepthwiseConv2D"):
        _convolution(graph, layer, inputs, output, depthwise=kind == "DepthwiseConv2D")
    elif kind == "ReLU":
        graph.add("Relu", inputs, output)
    elif kind == "PReLU":
        graph.add("PRelu", [*inputs, graph.weight(layer.alpha.numpy().reshape(-1, 1, 1))], output)
    elif kind in ("MaxPooling2D", "AveragePooling2D"):
        window = {"kernel_shape": list(layer.pool_size), "strides": list(layer.strides)}
        graph.add("MaxPool" if kind == "MaxPooling2D" else "AveragePool", inputs, output, **window)
    elif kind == "PadTo":
        height, width, channels = (
            want - have for want, have in zip(layer.target, layer.input.shape[1:], strict=True)
        )
        ends = graph.weight([0, 0, 0, 0, 0, channels, height, width], np.int64)
        graph.add("Pad", [*inputs, ends], output)
    elif kind == "Add":
        graph.add("Add", inputs, output)
    elif kind == "GlobalAveragePooling2D":
        graph.add("GlobalAveragePool", inputs, f"{output}_map")
        graph.add("Flatten", [f"{output}_map"], output)
    elif kind == "Flatten":  # of one pixel
        graph.add("Flatten", inputs, output)
    elif kind == "Dense":
        graph.add("MatMul", [*inputs, graph.weight(layer.get_weights()[0])], output)
    else:
        raise NotImplementedError(kind)


def _convolution(graph: _Graph, layer, inputs, output, *, depthwise: bool) -> None:
    kernel, *bias = layer.get_weights()
    # Plain [h, w, in, out], depthwise [h, w, in, 1], both as [out, in of a group, h, w].
    kernel = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
    weights = [graph.weight(array) for array in (kernel, *bias)]
    rectified = layer.activation.__name__ == "relu"
    graph.add(
        "Conv",
        [*inputs, *weights],
        f"{output}_linear" if rectified else output,
        strides=list(layer.strides),
        group=kernel.shape[0] if depthwise else 1,
        auto_pad="SAME_UPPER" if layer.padding == "same" else "VALID",
    )
    if rectified:
        graph.add("Relu", [f"{output}_linear"], output)
