"""What the server answers with, typed. `raw` is the whole answer, with every field there is."""

from dataclasses import dataclass, field
from typing import Any

UNFINISHED = ("pending", "running")
Json = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """Why a photo cannot be used, and what to do about it."""

    code: str
    detail: str
    remedy: str
    which: str
    faces: list[Json] = field(default_factory=list)

    @classmethod
    def of(cls, raw: Json | None) -> "Refusal | None":
        if not raw:
            return None
        return cls(
            raw["code"], raw["detail"], raw["remedy"], raw.get("which", ""), raw.get("faces", [])
        )


@dataclass(frozen=True)
class Candidate:
    """Someone of the gallery, as a search ranked them."""

    person_id: str
    name: str
    similarity: float
    probability: float
    outcome: str

    @classmethod
    def of(cls, raw: Json) -> "Candidate":
        names = ("person_id", "name", "similarity", "probability", "outcome")
        return cls(**{name: raw[name] for name in names})


@dataclass(frozen=True)
class Box:
    """Where a face is, as the server tells it; see the API's description for the unit."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Face:
    """A face of a photo. `problem` is why it cannot be compared, `embedding` is there if asked for."""

    index: int
    box: Box
    landmarks: dict[str, list[float]]
    detection_score: float
    quality: dict[str, float]
    problem: Json | None
    embedding: list[float] | None
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Face":
        box = raw["bounding_box"]
        return cls(
            index=raw["index"],
            box=Box(box["left"], box["top"], box["width"], box["height"]),
            landmarks=raw["landmarks"],
            detection_score=raw["detection_score"],
            quality=raw["quality"],
            problem=raw["problem"],
            embedding=raw.get("embedding"),
            raw=raw,
        )


@dataclass(frozen=True)
class Detection:
    """The faces of a photo, the largest first. Only embeddings of the same `model` can be compared."""

    faces: list[Face]
    width: int
    height: int
    model: Json
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Detection":
        return cls(
            faces=[Face.of(each) for each in raw["faces"]],
            width=raw["image"]["width"],
            height=raw["image"]["height"],
            model=raw["model"],
            raw=raw,
        )


@dataclass(frozen=True)
class Verdict:
    """A verdict that was not stored. `outcome`: match, no_match or inconclusive."""

    outcome: str
    similarity: float
    confidence: float
    probability: float
    leaning: str | None
    threshold: float
    false_match_rate: float
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Verdict":
        names = (
            "outcome", "similarity", "confidence", "probability", "leaning", "threshold",
            "false_match_rate",
        )  # fmt: skip
        return cls(**{name: raw[name] for name in names}, raw=raw)


@dataclass(frozen=True)
class Verification:
    """A verdict, or what stands in its way. `outcome`: match, no_match or inconclusive, and None
    unless `state` is done; `leaning` says which way an inconclusive one leans, same or different."""

    id: str
    kind: str
    state: str
    outcome: str | None
    similarity: float | None
    confidence: float | None
    probability: float | None
    leaning: str | None
    threshold: float | None
    false_match_rate: float
    title: str
    probe_name: str
    reference_name: str
    person_name: str
    created_at: str
    candidates: list[Candidate]
    refusal: Refusal | None
    failure: str | None
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Verification":
        return cls(
            id=raw["id"],
            kind=raw["kind"],
            state=raw["state"],
            outcome=raw["outcome"],
            similarity=raw["similarity"],
            confidence=raw["confidence"],
            probability=raw["probability"],
            leaning=raw.get("leaning"),
            threshold=raw["threshold"],
            false_match_rate=raw["false_match_rate"],
            title=raw["title"],
            probe_name=raw["probe_name"],
            reference_name=raw["reference_name"],
            person_name=raw["person_name"],
            created_at=raw["created_at"],
            candidates=[Candidate.of(each) for each in raw["candidates"]],
            refusal=Refusal.of(raw["refusal"]),
            failure=(raw["failure"] or {}).get("code"),
            raw=raw,
        )

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED


@dataclass(frozen=True)
class Person:
    """Somebody in the gallery; `ready_count` of the `anchor_count` photos can be compared with."""

    id: str
    name: str
    note: str
    tags: list[str]
    anchor_count: int
    ready_count: int
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Person":
        names = ("id", "name", "note", "tags", "anchor_count", "ready_count")
        return cls(**{name: raw[name] for name in names}, raw=raw)


@dataclass(frozen=True)
class Anchor:
    """A photo known to show a person; `state` is ready once it can be compared with."""

    id: str
    person_id: str
    state: str
    file_name: str
    quality: float | None
    refusal: Refusal | None
    failure: str | None
    raw: Json = field(repr=False)

    @classmethod
    def of(cls, raw: Json) -> "Anchor":
        return cls(
            id=raw["id"],
            person_id=raw["person"],
            state=raw["state"],
            file_name=raw["file_name"],
            quality=raw["quality"],
            refusal=Refusal.of(raw["refusal"]),
            failure=(raw["failure"] or {}).get("code"),
            raw=raw,
        )

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED
