"""What goes in and out of `engine.live`."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import numpy as np

from .types import MODELS_OWN, Decision, FaceReport, OwnThresholds, Shortlist

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Known:
    """A person who may be before the camera.

    `key` is the person's id, "" for a photo; `template` their embedding, float32 (d,), the mean of those
    of `anchors` photos.
    """

    key: str
    name: str
    template: np.ndarray
    anchors: int = 1


class LiveGallery(Protocol):
    """Everyone in a gallery, at each moment as it is then."""

    def nearest(self, probe: np.ndarray, limit: int) -> Shortlist:
        """As `Searchable` does."""

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Of those of these people who are there."""


@dataclass(frozen=True)
class LiveSubject:
    """What a session is for.

    `task`: "verify" (is it the one known person?), "identify" (which of them is each in view?) or "enrol"
    (photos of whoever is there). `gallery`: the people to search, instead of `known`. `steps` of the challenge, none for no challenge, see `draw_steps`;
    `seconds`: the session's limit.
    """

    task: str
    known: tuple[Known, ...] = ()
    false_match_rate: float = 1e-3
    thresholds: OwnThresholds = MODELS_OWN
    steps: tuple[str, ...] = ()
    seconds: float = 30.0
    gallery: LiveGallery | None = None


@dataclass(frozen=True)
class LiveFace:
    """A face in the frame just taken.

    `track`: the same number in each frame. `box` (left, top, right, bottom) and `landmarks` (both eyes,
    nose, both corners of the mouth) are shares of the frame's sides, 0 to 1. `state`: "looking" until
    something is known, then "match" (with `key` and `name`), "no_match" or "unknown".
    """

    track: int
    box: Box
    landmarks: tuple[Point, ...]
    state: str = "looking"
    key: str = ""
    name: str = ""
    probability: float | None = None


@dataclass(frozen=True)
class LiveStep:
    """What the challenge asks for now: step `number` from 1 of `of`. Directions are the person's own."""

    number: int
    of: int
    ask: str
    seconds_left: float


@dataclass(frozen=True)
class BestFrame:
    """A frame to keep. `face` as the engine reports faces of photos, `crop` the aligned face as JPEG."""

    jpeg: bytes
    face: FaceReport
    embedding: np.ndarray
    crop: bytes
    captured_ms: int


@dataclass(frozen=True)
class Evidence:
    """What a step of the challenge was decided on; times since the session's start."""

    step: str
    asked_ms: int
    done_ms: int
    jpeg: bytes
    measured: dict[str, float]


@dataclass(frozen=True)
class LiveResult:
    """How a session ended.

    `outcome` as of any verdict; of a challenge that was asked for and not passed it is never "match".
    `key`: of the person matched. `candidates` by row of the known people, best first (identify).
    `challenge`: "passed", "failed" or "not_done"; `reasons` why. `frames`: the best, first the best of
    all; `anchors`: good and different frames (enrol).
    """

    outcome: str
    decision: Decision | None
    key: str
    candidates: tuple["LiveCandidate", ...]
    challenge: str
    reasons: tuple[str, ...]
    frames: tuple[BestFrame, ...]
    evidence: tuple[Evidence, ...]
    anchors: tuple[BestFrame, ...]
    frames_seen: int
    frames_used: int
    seconds: float


@dataclass(frozen=True)
class LiveCandidate:
    """A known person, and what was decided about them; `track` is the face's."""

    track: int
    key: str
    name: str
    decision: Decision


@dataclass(frozen=True)
class LiveAnswer:
    """What to show after a frame. `progress`: 0 to 1; `result` once the session has ended."""

    faces: tuple[LiveFace, ...] = ()
    guidance: tuple[str, ...] = ()
    step: LiveStep | None = None
    progress: float = 0.0
    result: LiveResult | None = None
