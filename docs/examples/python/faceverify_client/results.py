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
        keys = ("person_id", "name", "similarity", "probability", "outcome")
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
            candidates=[Candidate(**{k: each[k] for k in keys}) for each in raw["candidates"]],
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
