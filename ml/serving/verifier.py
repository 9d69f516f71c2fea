"""The serving path: a model folder becomes a `Verifier`. Loads no TensorFlow unless asked to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ml.decision.gallery import Gallery
from ml.decision.head import DEFAULT_RATE, Decision, Head
from ml.errors import ArtifactError, ImageRefused
from ml.faces.alignment import ChipSpec
from ml.faces.finder import Acquisition, FaceFinder, Timings
from ml.faces.search import Search
from ml.serving import artifacts
from ml.serving.litert import Net

RUNTIMES = ("litert", "keras")
DETECTOR = ("blazeface", "pnet", "rnet", "onet")  # the first is missing from older models


@dataclass(frozen=True)
class Verdict:
    """One comparison. `crops` holds the two aligned faces, uint8 RGB (s, s, 3), by role."""

    decision: Decision
    model: dict
    acquisitions: dict[str, Acquisition]
    timings: dict

    @property
    def outcome(self) -> str:
        return self.decision.outcome

    @property
    def crops(self) -> dict[str, np.ndarray]:
        return {role: found.face.chip for role, found in self.acquisitions.items()}

    def to_dict(self) -> dict:
        """The fields of the API, JSON-ready."""
        decision = self.decision
        low, high = decision.band
        return {
            "outcome": decision.outcome,
            "similarity": round(decision.similarity, 6),
            "confidence": round(decision.confidence, 6),
            "probability": round(decision.probability, 6),
            "threshold": round(decision.threshold, 6),
            "band": {"low": round(low, 6), "high": round(high, 6)},
            "false_match_rate": decision.false_match_rate,
            "model": self.model,
            "faces": {role: found.to_dict() for role, found in self.acquisitions.items()},
            "timings": self.timings,
        }


class Verifier:
    """Finds, embeds and compares faces with one model. One instance serves one thread."""

    def __init__(self, artifact: artifacts.Artifact, encode, search: Search):
        spec = artifact.manifest["encoder"]
        self.artifact = artifact
        self.model = artifact.identity
        self.head = Head(
            artifact.manifest["head"],
            artifact.manifest["calibration"],
            artifact.manifest["operating_points"],
        )
        # A model may be calibrated on pairs alone.
        spec_of_people = artifact.manifest.get("gallery")
        self.gallery = Gallery(self.head, spec_of_people) if spec_of_people else None
        chips = [ChipSpec(spec["alignment"], spec["input_size"], spec["zoom"])]
        self.finder = FaceFinder(search, chips)
        self._encode = encode

    @classmethod
    def load(cls, folder=None, *, runtime: str = "litert", threads: int = 1) -> "Verifier":
        """Load a model folder.

        Args:
            folder: see `artifacts.resolve`.
            runtime: "litert" runs the exported networks; "keras" runs the Keras Siamese model's own
                encoder, on a GPU where there is one.
            threads: CPU threads for one network call (LiteRT only).

        Raises:
            ArtifactError: the model is missing, damaged, too new, or lacks what the runtime needs.
            ValueError: there is no such runtime.
        """
        return cls.of(artifacts.load(folder), runtime=runtime, threads=threads)

    @classmethod
    def of(cls, artifact: artifacts.Artifact, *, runtime: str = "litert", threads: int = 1):
        """A Verifier of a model folder whose manifest was read, see `load`."""
        if runtime == "litert":
            encode = _litert_encoder(artifact, threads)
        elif runtime == "keras":
            encode = _keras_encoder(artifact)
        else:
            raise ValueError(f"There is no runtime {runtime!r}. Runtimes: {', '.join(RUNTIMES)}.")
        nets = {name: artifact.read(f"{name}.tflite") for name in detector_of(artifact)}

        def net(name, input_shape=None):
            return Net(nets[name], threads=threads, input_shape=input_shape)

        return cls(artifact, encode, Search(net, blazeface="blazeface" in nets))

    @property
    def operating_points(self) -> dict:
        return self.head.operating_points

    @property
    def acquisition(self) -> tuple:
        """What decides how a photo becomes a chip: equal for models that can share the chips."""
        spec, files = self.artifact.manifest["encoder"], self.artifact.manifest["files"]
        nets = tuple(files[f"{name}.tflite"] for name in detector_of(self.artifact))
        return (spec["alignment"], spec["input_size"], spec["zoom"], *nets)

    def embed(self, chips) -> np.ndarray:
        """Embed aligned faces, uint8 or float RGB (n, s, s, 3) -> float32 (n, d)."""
        return self._encode(np.asarray(chips, np.float32))

    def acquire(self, data: bytes, *, face_index: int | None = None, timings=None) -> Acquisition:
        """The face to compare in a photo, see `FaceFinder.acquire`."""
        return self.finder.acquire(data, face_index=face_index, timings=timings)

    def compare(
        self,
        probe: bytes,
        reference: bytes,
        *,
        false_match_rate: float = DEFAULT_RATE,
        probe_face: int | None = None,
        reference_face: int | None = None,
        head: Head | None = None,
        on_faces: Callable[[dict[str, np.ndarray]], object] | None = None,
    ) -> Verdict:
        """Compare two photos.

        Args:
            probe, reference: the bytes of the two files.
            false_match_rate: one of the operating points.
            probe_face, reference_face: which face of a group photo.
            head: this model's with other thresholds, see `Head.adjusted`.
            on_faces: called with `Verdict.crops` when both faces are found, before the long work of
                embedding them, so that something else can be done with them meanwhile.

        Raises:
            ImageRefused: one of the photos cannot be used; `which` says which.
            ValueError: there is no operating point for this false-match rate.
        """
        head = head or self.head
        head.operating_point(false_match_rate)
        timings = Timings()
        found = {}
        for role, data, index in (
            ("probe", probe, probe_face),
            ("reference", reference, reference_face),
        ):
            try:
                found[role] = self.acquire(data, face_index=index, timings=timings)
            except ImageRefused as refusal:
                refusal.which = role
                raise
        if on_faces:
            on_faces({role: row.face.chip for role, row in found.items()})
        with timings.step("embed"):
            a, b = self.embed([row.face.chip for row in found.values()])
        with timings.step("compare"):
            decision = head.decide(a, b, false_match_rate)
        return Verdict(decision, self.model, found, timings.to_dict())


def detector_of(artifact: artifacts.Artifact) -> list[str]:
    """The detector's networks that a model folder holds."""
    files = artifact.manifest["files"]
    return [name for name in DETECTOR if name != "blazeface" or f"{name}.tflite" in files]


def _litert_encoder(artifact: artifacts.Artifact, threads: int):
    """Mirror-averaged, unit-length embeddings from the exported tower."""
    spec = artifact.manifest["encoder"]
    size = spec["input_size"]
    batch = 2 if spec["mirror"] else 1
    shape = (batch, size, size, 3)
    net = Net(artifact.read(artifact.encoder_file), threads=threads, input_shape=shape)

    def encode(chips: np.ndarray) -> np.ndarray:
        rows = []
        for (
            chip
        ) in chips:  # one face a call: the batch never changes, so nothing is made ready twice
            batch = np.stack([chip, chip[:, ::-1]]) if spec["mirror"] else chip[None]
            rows.append(net(batch).mean(axis=0))
        return _finish(np.stack(rows), spec)

    return encode


def _keras_encoder(artifact: artifacts.Artifact):
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

    def encode(chips: np.ndarray) -> np.ndarray:
        return np.asarray(encoder.predict_on_batch(chips), np.float32)

    return encode


def _finish(embeddings: np.ndarray, spec: dict) -> np.ndarray:
    if spec["unit_length"]:
        embeddings = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True).clip(1e-6)
    return embeddings.astype(np.float32)
