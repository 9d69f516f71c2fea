"""What a session knows of a face, what it answers to a frame, and how it ends."""

from dataclasses import dataclass, field

from ml.decision.gallery import Candidate
from ml.live.challenge import Done
from ml.live.frames import Frames, Kept, Verdict
from ml.live.look import Seen


@dataclass
class Person:
    """What is known of a track."""

    frames: Frames = field(default_factory=Frames)
    verdict: Verdict | None = None

    @property
    def named(self) -> bool:
        return self.verdict is not None and self.verdict.settled


@dataclass(frozen=True)
class Face:
    """A face in the frame. `state`: "looking", "match", "no_match" or "unknown"."""

    track: int
    seen: Seen
    state: str
    best: Candidate | None


@dataclass(frozen=True)
class Result:
    """How a session ended; see `verification.engine.live_types.LiveResult`.

    `candidates`: (track, candidate), the best first.
    """

    outcome: str
    candidates: list[tuple[int, Candidate]]
    challenge: str
    reasons: tuple[str, ...]
    frames: list[Kept]
    steps: list[Done]
    anchors: list[Kept]
    frames_seen: int
    frames_used: int
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What to show. `step`: (number from 1, how many, what, seconds left)."""

    faces: list[Face]
    guidance: tuple[str, ...]
    step: tuple[int, int, str, float] | None
    progress: float
    result: Result | None
