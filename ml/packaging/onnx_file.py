"""Read a published ONNX file and check that it is a face embedding network.

Networks of the InsightFace family take one face, NCHW float32 (1, 3, 112, 112), and give one embedding,
(1, 512). NHWC and other square sizes are accepted as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.errors import MlError
from ml.serving.onnx_net import OnnxNet, open_session

NUMBERS = (16, 8192)  # length of an embedding; less is an age, a sex or a pose, more a feature map
SIZES = (32, 512)  # side of a face chip in pixels, smallest and largest


@dataclass(frozen=True)
class OnnxFile:
    """The file's `data`, an open `session`, and the form of the network's input and output."""

    data: bytes
    session: Any
    layout: str
    input_size: int
    embedding_size: int


def read(path, *, input_size: int | None = None) -> OnnxFile:
    """Read and check an ONNX file; the network is run on noise.

    Args:
        input_size: side of its square input, required if the file leaves it open.

    Raises:
        MlError: it cannot be read or run, or is not a network from one face to one embedding.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MlError(
            "model_missing", f"{path} cannot be read: {error.strerror}.", "Name an .onnx file."
        ) from error
    session = open_session(data, str(path))
    layout, size = _input(path, session, input_size)
    if len(session.get_outputs()) != 1:
        names = ", ".join(row.name for row in session.get_outputs())
        raise _unknown(
            f"{path} has {len(session.get_outputs())} outputs ({names}).",
            "Import a network that gives one embedding of a face, not a detector.",
        )
    return OnnxFile(data, session, layout, size, _try_out(path, session, layout, size))


def _input(path: Path, session, wanted: int | None) -> tuple[str, int]:
    """Layout and side of the input."""
    if len(session.get_inputs()) != 1:
        names = ", ".join(row.name for row in session.get_inputs())
        raise _unknown(
            f"{path} has {len(session.get_inputs())} inputs ({names}).",
            "Import a network that takes one face; from a Siamese network, the part that embeds.",
        )
    (taken,) = session.get_inputs()
    shape = tuple(taken.shape)
    if taken.type != "tensor(float)":
        raise _unknown(
            f"{path} takes {taken.type}, not float32.", "Export it with a float32 input."
        )
    if len(shape) != 4 or 3 not in (shape[1], shape[3]):
        raise _unknown(
            f"{path} does not take colour photos: its input is {_words(shape)}.",
            "Export it with the input (1, 3, size, size) or (1, size, size, 3), RGB or BGR.",
        )
    layout = "nchw" if shape[1] == 3 else "nhwc"
    batch, sides = shape[0], shape[2:] if layout == "nchw" else shape[1:3]
    if isinstance(batch, int) and batch != 1:
        raise _unknown(
            f"{path} takes exactly {batch} faces at a time.",
            "Export it with a batch of 1, or open.",
        )
    known = {side for side in sides if isinstance(side, int)}
    if len(known) > 1:
        raise _unknown(
            f"{path} takes {_words(shape)}, which is not square.",
            "Import a network that takes square faces.",
        )
    size = known.pop() if known else wanted
    if size is None:
        raise _unknown(
            f"{path} leaves the size of its input open: {_words(shape)}.",
            "Give the size that it was trained with, such as --input-size 112.",
        )
    if wanted not in (None, size):
        raise _unknown(
            f"{path} takes {size} x {size} pixels, not {wanted} x {wanted}.",
            f"Leave out --input-size, or give --input-size {size}.",
        )
    if not SIZES[0] <= size <= SIZES[1]:
        raise _unknown(
            f"{path} takes {size} x {size} pixels; {SIZES[0]} to {SIZES[1]} are possible.",
            "Import a network for face chips, such as 112 x 112.",
        )
    return layout, size


def _try_out(path: Path, session, layout: str, size: int) -> int:
    """Run the network on noise; the length of its embeddings."""
    net = OnnxNet(session, pixels("rgb", [127.5] * 3, [127.5] * 3, layout))
    noise = np.random.default_rng(1).integers(0, 256, (2, size, size, 3), np.uint8)
    try:
        first, again = net(noise), net(noise)
    except Exception as error:  # onnxruntime's errors have no common base class
        raise _unknown(
            f"{path} cannot be run on {size} x {size} pixels.",
            "Check --input-size, or export it for that size.",
        ) from error
    if not NUMBERS[0] <= first.shape[1] <= NUMBERS[1]:
        raise _unknown(
            f"{path} gives {first.shape[1]:,} numbers for a face: that is no embedding.",
            f"Import a network that gives {NUMBERS[0]} to {NUMBERS[1]:,}.",
        )
    if not np.isfinite(first).all():
        raise _unknown(f"{path} gives numbers that are not finite.", "Export it again in float32.")
    if not np.allclose(first, again, rtol=1e-4, atol=1e-5 * np.abs(first).max()):
        raise _unknown(
            f"{path} gives other numbers each time for the same face.",
            "Export it for inference: dropout and noise belong to training.",
        )
    if np.allclose(first[0], first[1], rtol=1e-6, atol=1e-9):
        raise _unknown(
            f"{path} gives the same numbers for every picture.",
            "Export it with its trained weights, and for inference.",
        )
    return first.shape[1]


def pixels(channels: str, mean: Sequence[float], scale: Sequence[float], layout: str) -> dict:
    """A tower's `pixels` in the manifest, see `OnnxNet`."""
    return {"channels": channels, "mean": list(mean), "scale": list(scale), "layout": layout}


def _unknown(detail: str, remedy: str) -> MlError:
    return MlError("model_unknown", detail, remedy)


def _words(shape) -> str:
    return f"({', '.join('open' if not isinstance(n, int) else str(n) for n in shape)})"
