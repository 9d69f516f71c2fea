"""What the engine answers. Numbers from 0 to 1 are rounded to six digits, as they are stored."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self
from uuid import UUID

import numpy as np

from ml.decision.rule import leaning

# A face, or the face chosen on a photo with the `others`, as the API shows it.
FaceReport = dict[str, Any]


@dataclass(frozen=True)
class ModelIdentity:
    """What a verdict keeps of the model that gave it. `sha256` stands for all of its files."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class TowerInfo:
    """A network that embeds faces, and where it comes from; empty where the model does not say."""

    name: str
    source: str
    license: str
    training_data: str


@dataclass(frozen=True)
class ModelSummary(ModelIdentity):
    """A model on disk, and what may be done with it."""

    license: str
    towers: tuple[TowerInfo, ...]


@dataclass(frozen=True)
class Band:
    """The similarities between which a verdict stays open; `high` is the threshold of a match."""

    low: float
    high: float


@dataclass(frozen=True)
class OperatingPoint:
    """How strict a verdict is. `true_match_rate`: of pairs of one person, the share that matches;
    None where it was not measured."""

    false_match_rate: float
    threshold: float
    band: Band
    true_match_rate: float | None = None


@dataclass(frozen=True)
class ModelInfo(ModelSummary):
    """A model, and what was measured of it on the photos `measured_on`.

    `operating_points` are the most relaxed first; people are told apart where the probability of
    the same person is at most `no_match_chance`.
    """

    embedding_size: int
    searches_galleries: bool
    measured_on: str
    people: int | None
    images: int | None
    equal_error_rate: float | None
    no_match_chance: float
    operating_points: tuple[OperatingPoint, ...]


@dataclass(frozen=True)
class OwnThresholds:
    """Thresholds measured on an owner's gallery with one model: `shifts` by false-match rate, in
    logits, see `ml.decision.head.Head.adjusted`; `note` is what a verdict keeps of them."""

    model_sha256: str = ""
    shifts: Mapping[float, float] = field(default_factory=dict)
    note: Mapping[str, Any] = field(default_factory=dict)

    def of(self, model: ModelIdentity) -> "OwnThresholds":
        """These, if they were measured with this model; else the model's own."""
        return self if self.model_sha256 == model.sha256 else MODELS_OWN


MODELS_OWN = OwnThresholds()


@dataclass(frozen=True)
class Decision:
    """One outcome and its numbers; `threshold` is the upper end of `band`."""

    outcome: str
    similarity: float
    probability: float
    threshold: float
    band: Band
    false_match_rate: float

    @property
    def confidence(self) -> float:
        """Calibrated probability that the outcome is right; of the same person where it is open."""
        if self.outcome == "no_match":
            return round(1 - self.probability, 6)
        return self.probability

    @property
    def leaning(self) -> str | None:
        """Which way an open outcome leans, "same" or "different"; None for one that is not open."""
        return leaning(self.outcome, self.probability)


@dataclass(frozen=True)
class Shortlist:
    """Templates that a search decides on, in the order that decides between equals.

    Row i belongs to ids[i]: template float32 (k, d), the number of photos behind it, int (k,), and the
    person, None for a photo of nobody named. `size`: among how many they were found.
    """

    ids: Sequence[UUID]
    people: Sequence[UUID | None]
    templates: np.ndarray
    counts: np.ndarray
    size: int

    def nearest(self, probe: np.ndarray, limit: int) -> "Shortlist":
        """All of them: so few templates can be searched themselves."""
        return self


@dataclass(frozen=True)
class Scoring:
    """How the model in use compares embeddings.

    `weights` w, float32 (d,) of 0 or more: the score is bias - w . (a - b) ** 2; None where it has another
    form. `groups`: numbers of photos of a person, rising; among people whose numbers belong to the same
    group whoever is more alike never ranks lower. Each number up to one of them belongs to its group, and
    the last has all beyond.
    """

    weights: np.ndarray | None
    groups: tuple[int, ...]
    logits: Callable[[np.ndarray, np.ndarray], np.ndarray]


class Searchable(Protocol):
    """What a search looks for a face among."""

    @property
    def size(self) -> int:
        """How many there are: thresholds and probabilities depend on it."""

    def nearest(self, probe: np.ndarray, limit: int) -> Shortlist:
        """Those among whom the first `limit` candidates for an embedding, float32 (d,), surely are."""


@dataclass(frozen=True)
class Candidate:
    """Whom a search found, as in `Shortlist`, and what was decided."""

    id: UUID
    person_id: UUID | None
    photos: int
    searched: int
    decision: Decision


@dataclass(frozen=True)
class ComparableFace:
    """All that comparing a face takes: its embedding, float32 (d,), and what makes a verdict on it
    weaker, see `ml.faces.conditions`."""

    embedding: np.ndarray
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class FaceEmbedding(ComparableFace):
    """The face in one photo. `crop`: the aligned face as a JPEG; `timings` in milliseconds by step."""

    face: FaceReport
    crop: bytes
    model: ModelIdentity
    timings: dict[str, float]


@dataclass(frozen=True)
class FaceProblem:
    """Why a face cannot be compared, and what to do about it."""

    code: str
    detail: str
    remedy: str


@dataclass(frozen=True)
class GroupFaces:
    """The faces of a photo, each searched for in a gallery.

    `candidates` by the face's index, best first; `refusals` of the faces that cannot be compared.
    `face` and `crop` are those of the most prominent face; `calibration` as in a `Verdict`.
    """

    candidates: dict[int, tuple[Candidate, ...]]
    refusals: dict[int, FaceProblem]
    face: FaceReport
    crop: bytes
    model: ModelIdentity
    timings: dict[str, float]
    calibration: Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """A decision, and what it was made on.

    `faces` and `crops` (the aligned faces as JPEGs) by role, "probe" and perhaps "reference";
    `timings` in milliseconds by step; `calibration`: the note of the own thresholds that decided,
    empty where those of the model did.
    """

    decision: Decision
    model: ModelIdentity
    faces: dict[str, FaceReport]
    crops: dict[str, bytes]
    timings: dict[str, float]
    calibration: Mapping[str, Any]

    @classmethod
    def on_probe(
        cls,
        probe: FaceEmbedding | GroupFaces,
        decision: Decision,
        calibration: Mapping[str, Any],
        **more: Any,
    ) -> Self:
        """A verdict on one photo; `more` are the fields of a subclass."""
        return cls(
            decision=decision,
            model=probe.model,
            faces={"probe": probe.face},
            crops={"probe": probe.crop},
            timings=probe.timings,
            calibration=calibration,
            **more,
        )


@dataclass(frozen=True)
class PersonVerdict(Verdict):
    """A verdict on all photos of a person together, and each photo's own similarity."""

    similarities: tuple[float, ...]


@dataclass(frozen=True)
class SearchVerdict(Verdict):
    """The verdict on a search is that on its best candidate; `candidates` are the best first."""

    candidates: tuple[Candidate, ...]
