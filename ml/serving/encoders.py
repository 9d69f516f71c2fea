"""From aligned faces to embeddings: runs the towers of a model.

LiteRT runs the towers in .tflite files and onnxruntime those in .onnx files; a model may have both. If every
tower was made with Keras, the Keras Siamese model can run instead of them.

An embedding is the concatenated output of the towers, each scaled by its weight. A single tower has weight 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.errors import ArtifactError
from ml.faces.alignment import ChipSpec
from ml.serving import artifacts, onnx_net
from ml.serving.litert import Net

Chips = tuple[np.ndarray, ...]
RUNTIMES = ("litert", "keras")


@dataclass(frozen=True)
class Tower:
    """One tower, as the manifest's `encoder` describes it.

    mirror: whether the output is averaged over the face and its mirror image.
    unit_length: whether the output is scaled to length 1 before it is multiplied by `weight`.
    pixels: how pixels are scaled for an ONNX network, see `OnnxNet`; others scale them themselves.
    """

    file: str
    input_size: int
    embedding_size: int
    alignment: str
    zoom: float
    mirror: bool
    unit_length: bool
    weight: float = 1.0
    pixels: dict | None = None

    @property
    def chip(self) -> ChipSpec:
        """How it wants its faces aligned."""
        return ChipSpec(self.alignment, self.input_size, self.zoom)


def towers_of(encoder: dict) -> list[Tower]:
    """The towers of a manifest's `encoder`, in the order of their parts of an embedding."""
    return [
        Tower(
            artifacts.tower_file(row),
            row["input_size"],
            row["embedding_size"],
            row["alignment"],
            row["zoom"],
            row["mirror"],
            row["unit_length"],
            row.get("weight", 1.0),
            row.get("pixels"),
        )
        for row in artifacts.towers(encoder)
    ]


def load(
    artifact: artifacts.Artifact, *, runtime: str, threads: int
) -> Callable[[Sequence[Chips]], np.ndarray]:
    """A function from faces, each with one chip per tower, to embeddings float32 (n, d).

    Args:
        runtime: "litert" runs the exported towers, those in ONNX with onnxruntime; "keras" runs the
            encoder of the Keras Siamese model.

    Raises:
        ArtifactError: a file that the runtime needs is missing or damaged; onnxruntime is not
            installed; or Keras is asked to run a tower in ONNX.
        ValueError: there is no such runtime.
    """
    onnx_net.check_runtime(artifact, runtime)
    if runtime == "litert":
        return _exported(artifact, threads)
    if runtime == "keras":
        return _keras(artifact)
    raise ValueError(f"There is no runtime {runtime!r}. Runtimes: {', '.join(RUNTIMES)}.")


def _exported(artifact: artifacts.Artifact, threads: int):
    towers = towers_of(artifact.manifest["encoder"])
    nets = [_net(artifact, tower, threads) for tower in towers]

    def embed(chips: Chips) -> np.ndarray:
        parts = []
        for tower, net, chip in zip(towers, nets, chips, strict=True):
            batch = np.stack([chip, chip[:, ::-1]]) if tower.mirror else chip[None]
            parts.append(_finish(net(batch).mean(axis=0), tower))
        return np.concatenate(parts)

    def encode(faces: Sequence[Chips]) -> np.ndarray:
        # One face per call, so that the shape of the batch never changes.
        return np.stack([embed(chips) for chips in faces])

    return encode


def _net(artifact: artifacts.Artifact, tower: Tower, threads: int):
    data = artifact.read(tower.file)
    if tower.pixels:
        path = str(artifact.folder / tower.file)
        return onnx_net.OnnxNet(onnx_net.open_session(data, path, threads=threads), tower.pixels)
    shape = (2 if tower.mirror else 1, tower.input_size, tower.input_size, 3)
    return Net(data, threads=threads, input_shape=shape)


def _finish(embedding: np.ndarray, tower: Tower) -> np.ndarray:
    if tower.unit_length:
        embedding = embedding / max(float(np.linalg.norm(embedding)), 1e-6)
    return (embedding * tower.weight).astype(np.float32)


def _keras(artifact: artifacts.Artifact):
    from ml.networks.keras_io import load_encoder

    path = artifact.folder / "siamese.keras"
    artifact.read("siamese.keras")
    try:
        encoder = load_encoder(path)
    except (ValueError, OSError, TypeError) as error:
        raise ArtifactError(
            "model_damaged",
            f"{path} cannot be loaded: {error}",
            "Prepare or import the model again.",
        ) from error

    def encode(faces: Sequence[Chips]) -> np.ndarray:
        inputs = [np.stack(chips).astype(np.float32) for chips in zip(*faces, strict=True)]
        return np.asarray(encoder.predict_on_batch(inputs if len(inputs) > 1 else inputs[0]))

    return encode
