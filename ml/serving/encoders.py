"""From aligned faces to embeddings: the towers of a model, run as they are served.

An embedding is what the towers say of a face, each scaled to its weight, side by side. One tower alone has
the weight 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ml.errors import ArtifactError
from ml.faces.alignment import ChipSpec
from ml.serving import artifacts
from ml.serving.litert import Net

Chips = tuple[np.ndarray, ...]
RUNTIMES = ("litert", "keras")


@dataclass(frozen=True)
class Tower:
    """One tower as the manifest's `encoder` describes it.

    mirror: its output is averaged over the face and its mirror image.
    unit_length: that is scaled to length 1, and then times `weight`.
    """

    file: str
    input_size: int
    embedding_size: int
    alignment: str
    zoom: float
    mirror: bool
    unit_length: bool
    weight: float = 1.0

    @property
    def chip(self) -> ChipSpec:
        """How it wants its faces cut out."""
        return ChipSpec(self.alignment, self.input_size, self.zoom)


def towers_of(encoder: dict) -> list[Tower]:
    """The towers of a manifest's `encoder`, in the order of their numbers in an embedding."""
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
        )
        for row in artifacts.towers(encoder)
    ]


def load(
    artifact: artifacts.Artifact, *, runtime: str, threads: int
) -> Callable[[Sequence[Chips]], np.ndarray]:
    """A function from faces, one chip a tower each, to embeddings float32 (n, d).

    Args:
        runtime: "litert" runs the exported towers; "keras" the encoder of the Keras Siamese model.

    Raises:
        ArtifactError: the model lacks a file that the runtime needs, or it is damaged.
        ValueError: there is no such runtime.
    """
    if runtime == "litert":
        return _litert(artifact, threads)
    if runtime == "keras":
        return _keras(artifact)
    raise ValueError(f"There is no runtime {runtime!r}. Runtimes: {', '.join(RUNTIMES)}.")


def _litert(artifact: artifacts.Artifact, threads: int):
    towers = towers_of(artifact.manifest["encoder"])
    nets = []
    for tower in towers:
        shape = (2 if tower.mirror else 1, tower.input_size, tower.input_size, 3)
        nets.append(Net(artifact.read(tower.file), threads=threads, input_shape=shape))

    def embed(chips: Chips) -> np.ndarray:
        parts = []
        for tower, net, chip in zip(towers, nets, chips, strict=True):
            looks = np.stack([chip, chip[:, ::-1]]) if tower.mirror else chip[None]
            parts.append(_finish(net(looks).mean(axis=0), tower))
        return np.concatenate(parts)

    def encode(faces: Sequence[Chips]) -> np.ndarray:
        # One face a call: the batch never changes, so nothing is made ready twice.
        return np.stack([embed(chips) for chips in faces])

    return encode


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
