"""Compare photos with a model. TensorFlow is loaded only for the runtime "keras"."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ml.decision.gallery import Gallery
from ml.decision.head import DEFAULT_RATE, Decision, Head
from ml.errors import ImageRefused
from ml.faces.finder import Acquisition, FaceFinder, Timings
from ml.faces.search import Search
from ml.serving import artifacts, encoders
from ml.serving.litert import Net

DETECTOR = ("blazeface", "pnet", "rnet", "onet")  # older models do not have the first


@dataclass(frozen=True)
class Verdict:
    """The result of a comparison. `crops` are the aligned faces, uint8 RGB (s, s, 3), by role."""

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
            "leaning": decision.leaning,
            "threshold": round(decision.threshold, 6),
            "band": {"low": round(low, 6), "high": round(high, 6)},
            "false_match_rate": decision.false_match_rate,
            "model": self.model,
            "faces": {role: found.to_dict() for role, found in self.acquisitions.items()},
            "timings": self.timings,
        }


class Verifier:
    """Finds, embeds and compares faces with one model. One instance serves one thread."""

    def __init__(
        self,
        artifact: artifacts.Artifact,
        encode,
        search: Search,
        *,
        no_match_chance: float | None = None,
    ):
        self.artifact = artifact
        self.model = artifact.identity
        self.head = Head.of(artifact.manifest, no_match_chance=no_match_chance)
        # A model that was calibrated on pairs has none.
        spec_of_people = artifact.manifest.get("gallery")
        self.gallery = Gallery(self.head, spec_of_people) if spec_of_people else None
        # How the towers want a face aligned; the first chip is the one that is shown.
        self.chips = tuple(row.chip for row in encoders.towers_of(artifact.manifest["encoder"]))
        self.finder = FaceFinder(search, self.chips)
        self._encode = encode

    @classmethod
    def load(
        cls,
        folder=None,
        *,
        runtime: str = "litert",
        threads: int = 1,
        no_match_chance: float | None = None,
    ) -> "Verifier":
        """Load a model folder.

        Args:
            folder: see `artifacts.resolve`.
            runtime: "litert" runs the exported networks; "keras" runs the Keras Siamese model's own
                encoder, on a GPU where there is one.
            threads: CPU threads for one network call (not in Keras), and for OpenCV in this process.
            no_match_chance: the highest probability of the same person with the outcome "no_match";
                None for the model's own.

        Raises:
            ArtifactError: the model is missing, damaged, too new, or lacks what the runtime needs.
            ValueError: there is no such runtime.
        """
        return cls.of(
            artifacts.load(folder),
            runtime=runtime,
            threads=threads,
            no_match_chance=no_match_chance,
        )

    @classmethod
    def of(
        cls,
        artifact: artifacts.Artifact,
        *,
        runtime: str = "litert",
        threads: int = 1,
        no_match_chance: float | None = None,
    ) -> "Verifier":
        """A Verifier for a model folder whose manifest has been read, see `load`."""
        cv2.setNumThreads(threads)
        encode = encoders.load(artifact, runtime=runtime, threads=threads)
        search = search_of(artifact, threads=threads)
        return cls(artifact, encode, search, no_match_chance=no_match_chance)

    @property
    def operating_points(self) -> dict:
        return self.head.operating_points

    @property
    def detector(self) -> list[str]:
        """SHA-256 of the networks that find faces."""
        files = self.artifact.manifest["files"]
        return [files[f"{name}.tflite"] for name in detector_of(self.artifact)]

    @property
    def acquisition(self) -> tuple:
        """Detector and alignment; equal for models that can share their chips."""
        return (*self.chips, *self.detector)

    def embed(self, faces: Sequence[encoders.Chips]) -> np.ndarray:
        """Embed aligned faces, each as its `Face.chips` -> float32 (n, d)."""
        return self._encode(faces)

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
    ) -> Verdict:
        """Compare two photos.

        Args:
            probe, reference: the bytes of the two files.
            false_match_rate: one of the operating points.
            probe_face, reference_face: number of the face in a group photo.
            head: this model's head with other thresholds, see `Head.adjusted`.

        Raises:
            ImageRefused: one of the photos cannot be used; `which` says which.
            RateUnknown: there is no operating point for this false-match rate.
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
        with timings.step("embed"):
            a, b = self.embed([row.face.chips for row in found.values()])
        with timings.step("compare"):
            head = head.under(*(row.face.conditions for row in found.values()))
            decision = head.decide(a, b, false_match_rate)
        return Verdict(decision, self.model, found, timings.to_dict())


def detector_of(artifact: artifacts.Artifact) -> list[str]:
    """The detector's networks that a model folder holds."""
    files = artifact.manifest["files"]
    return [name for name in DETECTOR if name != "blazeface" or f"{name}.tflite" in files]


def search_of(artifact: artifacts.Artifact, *, threads: int = 1, blazeface: bool = True) -> Search:
    """The detector of a model folder.

    Args:
        blazeface: False to search without this network, as in models that do not have it.
    """
    nets = {name: artifact.read(f"{name}.tflite") for name in detector_of(artifact)}

    def load(name, input_shape=None):
        return Net(nets[name], threads=threads, input_shape=input_shape)

    return Search(load, blazeface=blazeface and "blazeface" in nets)
